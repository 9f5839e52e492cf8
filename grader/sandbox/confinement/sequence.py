"""The layers in the order in which they hold."""

from __future__ import annotations

import os
import signal
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grader.sandbox.confinement import linux
from grader.sandbox.confinement import plan as layer
from grader.sandbox.confinement.landlock import TRUNCATION_ABI, restrict_files
from grader.sandbox.confinement.private_root import SCRATCH, RootLayout, enter_root, plan_root
from grader.sandbox.confinement.privileges import (
    drop_capabilities,
    drop_identity,
    find_worker_uids,
    mapped_bytes,
    set_resource_limits,
)
from grader.sandbox.confinement.readable import (
    DEVICES,
    DRIVER_FILES,
    DRIVER_PROCESS_FILES,
    PROCESS_FILES,
    installation_folders,
    own_paths,
    without,
)
from grader.sandbox.confinement.seccomp import Filter, build_filter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grader.sandbox.confinement.plan import Plan
    from grader.sandbox.limits import Limits

_NAMESPACES = linux.CLONE_NEWNS | linux.CLONE_NEWNET | linux.CLONE_NEWIPC | linux.CLONE_NEWUTS
_FIRST_PROCESS = 1  # the id of the first process of a pid namespace, as it sees itself
_COUNTED_PER_USER_NAMESPACE = (5, 14)


@dataclass(frozen=True, slots=True)
class Reach:
    """What a worker can reach of the file system, found once for all workers.

    Attributes:
        readable: Paths for Landlock: the Python installation without our packages.
        devices: Device nodes.
        root: The layout of a private root folder with the same.
        accelerator: What ``CUDA_VISIBLE_DEVICES`` says in the worker; empty for no accelerator.
    """

    readable: tuple[str, ...]
    devices: tuple[str, ...]
    root: RootLayout
    accelerator: str = ""


def find_reach(
    devices: tuple[str, ...] = DEVICES, libraries: tuple[str, ...] = (), accelerator: str = ""
) -> Reach:
    """Find the Python installation and lay out a root folder that shows nothing else.

    Args:
        devices: Device nodes.
        libraries: Further folders, of an accelerator's driver.
        accelerator: See `Reach`.
    """
    folders = installation_folders()
    if accelerator:
        buses = map(str, Path("/sys/devices").glob("pci*"))
        folders += [path for path in (*libraries, *DRIVER_FILES, *buses) if Path(path).exists()]
    closed = own_paths()
    root = plan_root(folders, list(devices), closed)
    return Reach(tuple(without(folders, closed)), devices, root, accelerator)


@contextmanager
def _attempt(name: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, KeyError) as error:
        raise layer.LayerFailedError(name, f"{type(error).__name__}: {error}") from error


class Confinement:
    """The confinement of workers with the same limits, applied to each in its own process.

    All that does not depend on the worker is found here, before the fork: what a worker writes to or
    counts references in is copied for it. Methods raise `LayerFailedError` naming the layer that the
    machine refused.

    Args:
        plan: The layers to apply.
        limits: What a worker may use.
        reach: What it may read.
    """

    def __init__(self, plan: Plan, limits: Limits, reach: Reach) -> None:
        self._plan = plan
        self._limits = limits
        self._reach = reach
        self._uids = find_worker_uids() if self._has(layer.UID) else range(0)
        self._uid, self._gid = os.geteuid(), os.getegid()
        self._is_alone = self._has(layer.NAMESPACES)  # the first process of a pid namespace
        self._counts_tasks = self._owns_its_user()
        self._filter: Filter | None = None
        if self._has(layer.SECCOMP) and self._is_alone:
            with _attempt(layer.SECCOMP):
                self._filter = Filter(build_filter(_FIRST_PROCESS, deny_truncation=False))

    def _has(self, name: str) -> bool:
        return name in self._plan.layers

    @property
    def needs_new_processes(self) -> bool:
        """Whether a worker is the first process of a pid namespace."""
        return self._is_alone

    @property
    def needs_user_namespace(self) -> bool:
        """Whether a process must give up its own user namespace before it can start a worker."""
        return self._has(layer.USER_NAMESPACE)

    def make_folder(self) -> str:
        """Make the empty folder that becomes a worker's root where it has no mounts of its own; else ""."""
        if not self._has(layer.CHROOT):
            return ""
        folder = tempfile.mkdtemp()
        Path(folder).chmod(0o755)  # not the worker's own, so that nothing comes in
        return folder

    def enter_user_namespace(self) -> None:
        """Leave the machine's namespaces; the next child is the first process of a new pid namespace."""
        self._choose_identity()
        if self._has(layer.UID):
            with _attempt(layer.UID):
                drop_identity(self._uid)
        with _attempt(layer.USER_NAMESPACE):
            linux.prctl(linux.PR_SET_DUMPABLE, 1)  # else the maps belong to root
            linux.unshare(_NAMESPACES | linux.CLONE_NEWPID | linux.CLONE_NEWUSER)
            Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
            Path("/proc/self/uid_map").write_text(f"{self._uid} {self._uid} 1", encoding="ascii")
            Path("/proc/self/gid_map").write_text(f"{self._gid} {self._gid} 1", encoding="ascii")

    def apply(self, folder: str) -> None:
        """Confine this process for good.

        Args:
            folder: See `make_folder`.
        """
        linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
        os.umask(0o022)
        with suppress(OSError):  # where memory runs out, a worker goes before the grader
            descriptor = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
            os.write(descriptor, b"1000")
            os.close(descriptor)
        if not self.needs_user_namespace:
            self._choose_identity()
        self._change_root(folder)
        self._drop_privileges()
        linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)  # a change of identity cleared it
        with _attempt(layer.RLIMITS):
            if self._has(layer.RLIMITS):
                set_resource_limits(self._limits, self._baseline, own_user=self._counts_tasks)
        with _attempt(layer.NO_NEW_PRIVS):
            if self._has(layer.NO_NEW_PRIVS):
                linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
        self._restrict()

    def _choose_identity(self) -> None:
        """Choose the user that the worker will be: no other living worker has it."""
        if self._has(layer.UID):
            with _attempt(layer.UID):
                process = int(os.readlink("/proc/self"))  # noqa: PTH115  # its id outside of its namespaces
                self._uid = self._gid = self._uids[process % len(self._uids)]

    def _change_root(self, folder: str) -> None:
        self._baseline = mapped_bytes()
        if self._has(layer.NAMESPACES):
            if not self._has(layer.USER_NAMESPACE):
                with _attempt(layer.NAMESPACES):
                    linux.unshare(_NAMESPACES)
            with _attempt(layer.PRIVATE_PROC if self._has(layer.PRIVATE_PROC) else layer.NAMESPACES):
                proc = self._has(layer.PRIVATE_PROC)
                enter_root(
                    self._reach.root,
                    self._limits.scratch_bytes,
                    self._uid,
                    self._gid,
                    with_proc=proc,
                    names_threads=bool(self._reach.accelerator),
                )
            os.chdir(SCRATCH)
            linux.exit_on_signal(signal.SIGABRT)
        elif self._has(layer.CHROOT):
            with _attempt(layer.CHROOT):
                os.chroot(folder)
            os.chdir("/")
        else:
            os.chdir("/")

    def _drop_privileges(self) -> None:
        if self._has(layer.UID) and os.geteuid() == 0:
            with _attempt(layer.UID):
                drop_identity(self._uid)
        if self._has(layer.CAPABILITIES):
            with _attempt(layer.CAPABILITIES):
                drop_capabilities()
        if self._reach.accelerator:  # after the fork, before the first call of CUDA
            os.environ["CUDA_VISIBLE_DEVICES"] = self._reach.accelerator
            linux.prctl(linux.PR_SET_DUMPABLE, 1)  # else what names its threads belongs to root

    def _owns_its_user(self) -> bool:
        release = tuple(map(int, os.uname().release.split("-")[0].split(".")[:2]))
        counted = release >= _COUNTED_PER_USER_NAMESPACE
        return self._has(layer.UID) or (self._has(layer.USER_NAMESPACE) and counted)

    def _restrict(self) -> None:
        abi = 0
        if self._has(layer.LANDLOCK):
            with _attempt(layer.LANDLOCK):
                own = ["/proc"] if self._has(layer.PRIVATE_PROC) else [f"/proc/{os.getpid()}", *PROCESS_FILES]
                writable = [SCRATCH] if self._has(layer.NAMESPACES) else []
                if self._reach.accelerator:
                    own += DRIVER_PROCESS_FILES
                    writable.append(f"/proc/{os.getpid()}/task")
                abi = restrict_files([*self._reach.readable, *own], writable, self._reach.devices)
        if self._has(layer.SECCOMP):
            with _attempt(layer.SECCOMP):
                exposed = abi < TRUNCATION_ABI and not self._is_alone
                ready = self._filter or Filter(build_filter(os.getpid(), deny_truncation=exposed))
                ready.install()
