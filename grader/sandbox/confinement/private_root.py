"""A root folder of its own for a worker: the Python installation, a few devices, a small scratch folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.sandbox.confinement import linux
from grader.sandbox.confinement.system_calls import ARCHITECTURES, DENIED

if TYPE_CHECKING:
    from collections.abc import Callable

SCRATCH = "/tmp"  # noqa: S108  # a private one, inside the new root
_SCRATCH_FILES = 4096
_MOUNT_POINTS = ("/mnt", "/media", "/srv", "/opt", "/run", "/tmp", "/var")  # noqa: S108  # any that exists will do
_FLAGS_TO_KEEP = (  # the kernel lets no user namespace lift these
    (os.ST_NOSUID, linux.MS_NOSUID),
    (os.ST_NODEV, linux.MS_NODEV),
    (os.ST_NOEXEC, linux.MS_NOEXEC),
    (os.ST_NOATIME, linux.MS_NOATIME),
    (os.ST_NODIRATIME, linux.MS_NODIRATIME),
    (os.ST_RELATIME, linux.MS_RELATIME),
)
Step = tuple["Callable[..., Any]", tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class RootLayout:
    """What the new root holds.

    Attributes:
        mount_point: An existing folder of the old root to build it on.
        folders: Folders to make, parents first.
        links: Symbolic links to make, with their targets.
        shown: Files and folders of the old root to show, read-only.
        devices: Device nodes to show.
        covered: Paths beneath ``shown`` to cover with something empty.
        steps: The calls that fill the new root, found once, because a worker pays for whatever it touches.
    """

    mount_point: str
    folders: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    shown: tuple[str, ...]
    devices: tuple[str, ...]
    covered: tuple[str, ...]
    steps: tuple[Step, ...]


def plan_root(readable: list[str], devices: list[str], closed: list[str]) -> RootLayout:
    """Lay out a root folder.

    Args:
        readable: Existing files and folders to show under their own paths.
        devices: Device nodes to show.
        closed: Existing paths to cover where they stand beneath a readable one.

    Returns:
        The layout; symbolic links on the way to a path are made anew.
    """
    links: dict[str, str] = {}
    targets = {_follow(path, links) for path in readable}
    shown = [path for path in sorted(targets) if not _is_beneath(path, targets)]
    nodes = [path for path in devices if Path(path).exists()]
    kept_links = {path: target for path, target in links.items() if not _is_beneath(path, targets)}
    parents = {str(parent) for path in [*shown, *nodes, *kept_links] for parent in Path(path).parents}
    folders = sorted({*parents, "/proc", *(path for path in shown if Path(path).is_dir())} - {"/", SCRATCH})
    closed_paths = sorted({os.path.realpath(path) for path in closed})
    covered = [path for path in closed_paths if _is_beneath(path, set(shown))]
    base = _choose_mount_point(shown)
    steps: list[Step] = [(os.mkdir, (base + folder, 0o755)) for folder in folders]
    steps += [(os.symlink, (target, base + link)) for link, target in sorted(kept_links.items())]
    steps += [step for path in shown for step in _show(path, base, linux.MS_RDONLY)]
    steps += [step for path in nodes for step in _show(path, base, 0)]
    steps += [_cover(path, base) for path in covered]
    return RootLayout(
        mount_point=base,
        folders=tuple(folders),
        links=tuple(sorted(kept_links.items())),
        shown=tuple(shown),
        devices=tuple(nodes),
        covered=tuple(covered),
        steps=tuple(steps),
    )


def _follow(path: str, links: dict[str, str]) -> str:
    """Return where a path leads, noting every symbolic link on the way."""
    current = Path("/")
    for position, part in enumerate(parts := Path(path).parts[1:], start=1):
        current /= part
        if current.is_symlink():
            links[str(current)] = target = str(current.readlink())
            return _follow(os.path.normpath(current.parent.joinpath(target, *parts[position:])), links)
    return str(current)


def _is_beneath(path: str, folders: set[str]) -> bool:
    return any(str(parent) in folders for parent in Path(path).parents)


def _choose_mount_point(shown: list[str]) -> str:
    for folder in _MOUNT_POINTS:
        if Path(folder).is_dir() and not any(path.startswith(folder + os.sep) for path in shown):
            return folder
    raise OSError(f"none of {', '.join(_MOUNT_POINTS)} is free to build a root folder on")


def enter_root(
    layout: RootLayout,
    scratch_bytes: int,
    uid: int,
    gid: int,
    *,
    with_proc: bool,
    names_threads: bool = False,
) -> None:
    """Build the root folder and move into it; nothing of the old one stays within reach.

    The caller is the first process of new mount and pid namespaces.

    Args:
        layout: See `plan_root`.
        scratch_bytes: Size of the scratch folder.
        uid: Its owner.
        gid: Its group.
        with_proc: Mount a /proc that shows the new pid namespace.
        names_threads: Leave it writable, as far as its owner may write there: CUDA names its threads.

    Raises:
        OSError: The kernel refuses a step; the text names the path.
    """
    base = layout.mount_point
    linux.mount(None, "/", None, linux.MS_REC | linux.MS_PRIVATE)
    linux.mount("tmpfs", base, "tmpfs", linux.MS_NOSUID, "size=1m,nr_inodes=2048,mode=0755")
    options = f"size={scratch_bytes},nr_inodes={_SCRATCH_FILES},mode=0700,uid={uid},gid={gid}"
    os.mkdir(base + SCRATCH, 0o755)  # noqa: PTH102  # pathlib would touch, and so copy, ten times as much
    linux.mount("tmpfs", base + SCRATCH, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC, options)
    for take_step, arguments in layout.steps:  # some lie in scratch: Python can be installed anywhere
        take_step(*arguments)
    if with_proc:
        mount_proc(base + "/proc", writable=names_threads)
    linux.mount(None, base, None, linux.MS_REMOUNT | linux.MS_BIND | linux.MS_RDONLY | linux.MS_NOSUID)
    os.chdir(base)
    column, _ = ARCHITECTURES[os.uname().machine]
    linux.system_call("pivot_root", DENIED["pivot_root"][column] or 0, b".", b".")
    linux.unmount(".", linux.MNT_DETACH)
    os.chdir("/")


def mount_proc(path: str, *, writable: bool = False) -> None:
    """Mount a /proc of the current pid namespace, read-only unless said.

    Raises:
        OSError: The kernel refuses, as in containers that hide parts of their own /proc.
    """
    flags = (0 if writable else linux.MS_RDONLY) | linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC
    linux.mount("proc", path, "proc", flags)


def _show(path: str, base: str, flags: int) -> list[Step]:
    present = os.statvfs(path).f_flag
    kept = sum(mount_flag for flag, mount_flag in _FLAGS_TO_KEEP if present & flag)
    flags |= linux.MS_REMOUNT | linux.MS_BIND | linux.MS_NOSUID | kept
    target = base + path
    steps: list[Step] = [] if Path(path).is_dir() else [(os.mknod, (target, 0o600))]
    return [
        *steps,
        (linux.mount, (path, target, None, linux.MS_BIND | linux.MS_REC)),
        (linux.mount, (None, target, None, flags)),
    ]


def _cover(path: str, base: str) -> Step:
    if Path(path).is_dir():
        empty = ("tmpfs", base + path, "tmpfs", linux.MS_RDONLY | linux.MS_NOSUID, "size=4k,mode=0000")
        return linux.mount, empty
    return linux.mount, ("/dev/null", base + path, None, linux.MS_BIND)
