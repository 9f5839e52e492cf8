"""What a worker may read: the Python installation, without our own packages."""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path

OWN_PACKAGES = ("grader", "reference", "report_template", "student", "tests")
_SYSTEM = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/zoneinfo", "/etc/ld.so.cache", "/etc/localtime",
    "/sys/devices/system/cpu",
)  # fmt: skip
_SITE_FOLDERS = ("site-packages", "dist-packages")
PROCESS_FILES = (
    "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/filesystems", "/proc/sys/kernel", "/proc/sys/vm",
)  # fmt: skip
# What the driver of an accelerator reads about the machine; where one is used only.
DRIVER_FILES = (
    "/sys/bus/pci/devices",
    "/sys/devices/system/node",
    "/sys/module/nvidia",
    "/sys/module/nvidia_uvm",
)
DRIVER_PROCESS_FILES = ("/proc/driver/nvidia", "/proc/devices")
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


def own_folder() -> Path:
    """Return the folder that holds the package ``grader``."""
    return Path(__file__).resolve().parents[3]


def installation_folders() -> list[str]:
    """List the folders and files of the Python installation and of the system's libraries.

    Returns:
        Existing paths, symbolic links not resolved, without the folder of our own packages
        unless they are installed beside others.
    """
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    libraries = [f"{prefix}/{name}" for prefix in prefixes for name in ("lib", "lib64")]
    configured = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    installed = [entry for entry in sys.path if Path(entry).name in _SITE_FOLDERS]  # not what a project added
    candidates = [*_SYSTEM, *libraries, *configured, *installed]
    existing = {os.path.normpath(path) for path in candidates if path and Path(path).exists()}
    kept = {path for path in existing if not is_checkout(path)}
    return sorted(path for path in kept if not any(str(parent) in kept for parent in Path(path).parents))


def is_checkout(path: str) -> bool:
    """Whether a folder of ``sys.path`` is there for our packages alone."""
    return Path(path).resolve() == own_folder() and Path(path).name not in _SITE_FOLDERS


def own_paths() -> list[str]:
    """List our packages, wherever they are: they must stay closed.

    Returns:
        Existing paths.
    """
    places = {own_folder(), *(Path(entry) for entry in sys.path if entry)}
    paths = {place / name for place in places for name in OWN_PACKAGES}
    return sorted(str(path) for path in paths if path.exists())


def without(folders: list[str], closed: list[str]) -> list[str]:
    """Replace each folder that holds a closed path by its other entries, as deep as needed.

    Args:
        folders: Paths that may be read, with all that is beneath.
        closed: Paths that may not.

    Returns:
        Paths that hold everything of ``folders`` and nothing of ``closed``.

    Examples:
        >>> without(["/usr/lib"], ["/home/ta/reference"])
        ['/usr/lib']
    """
    resolved = [os.path.realpath(path) for path in closed]
    open_paths = []
    for folder in folders:
        real = os.path.realpath(folder)
        if any(real == path or real.startswith(path + os.sep) for path in resolved):
            continue
        if any(path.startswith(real + os.sep) for path in resolved):
            open_paths += without([os.path.join(folder, name) for name in sorted(os.listdir(folder))], closed)  # noqa: PTH118, PTH208
        else:
            open_paths.append(folder)
    return open_paths
