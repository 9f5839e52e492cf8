"""One worker from fork to end: the process that confines itself and serves, and who waits for it."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import traceback
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from grader.sandbox.confinement import linux
from grader.sandbox.confinement.plan import NAMESPACES, LayerFailedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from grader.sandbox.confinement.sequence import Confinement

DATA_FD, _CONTROL_FD = 3, 4
STARTED, CONFINED = b'{"started": true}', b'{"confined": true}'
_ABOVE_STANDARD = 10
_MAX_FD = 1 << 16


@dataclass(frozen=True, slots=True)
class Channels:
    """The open files that a request for a worker brings along.

    Attributes:
        control: Socket to the grader: the worker's handle, that it is confined, how it ended.
        data: Socket to the grader for the worker.
        output: Pipe for what the worker prints.
    """

    control: int
    data: int
    output: int

    def close(self) -> None:
        """Close all three."""
        for descriptor in (self.control, self.data, self.output):
            os.close(descriptor)


class Parent:
    """Starts workers as children of this process, or of a supervisor where this process cannot.

    A worker is the first process of a pid namespace. Whoever opens one for its next child must come back
    for the child after that, which a user namespace does not let it: there a supervisor opens it.
    """

    def __init__(self) -> None:
        self._processes = _find_way_back()

    def start_worker(
        self, confinement: Confinement, channels: Channels, serve: Callable[[int], None]
    ) -> Child | None:
        """Fork a worker.

        Args:
            confinement: What it does to itself first.
            channels: Its files; they are still open afterwards.
            serve: What it does once it is confined, with its end of the data socket.

        Returns:
            The child of this process; None where none could be made, which the grader has been told.
        """
        begin = become_worker
        if confinement.needs_new_processes and (confinement.needs_user_namespace or self._processes is None):
            begin = supervise
        folder = ""
        try:
            folder = confinement.make_folder()
            process = self._fork(apart=confinement.needs_new_processes and begin is become_worker)
        except (LayerFailedError, OSError) as error:
            _remove(folder)
            with suppress(OSError):  # the grader may have let go of it
                os.write(channels.control, _describe_failure(error))
            return None
        if process == 0:
            try:
                begin(confinement, channels, folder, serve)
            except BaseException:  # noqa: BLE001  # nothing may return into the loop of the warm process
                traceback.print_exc()  # its stderr is what the grader shows when a start fails
            finally:
                os._exit(1)
        handle = os.pidfd_open(process)
        child = Child(process, handle, folder, os.dup(channels.control) if begin is become_worker else -1)
        if begin is become_worker:
            _tell_start(channels.control, handle)
        return child

    def _fork(self, *, apart: bool) -> int:
        if not apart or self._processes is None:
            return os.fork()
        _open_processes()
        process = -1
        try:
            process = os.fork()
        finally:
            if process:  # not in the child
                linux.set_namespace(self._processes, linux.CLONE_NEWPID)
        return process


@dataclass(frozen=True, slots=True)
class Child:
    """A worker, or the supervisor of one, seen from the warm process.

    Attributes:
        process: Its id.
        handle: Readable when it has ended.
        folder: An empty folder to remove then, or "".
        control: Where to tell its end; -1 where a supervisor does.
    """

    process: int
    handle: int
    folder: str
    control: int

    def bury(self) -> None:
        """Wait for its end and tell the grader how it ended."""
        _, status, usage = os.wait4(self.process, 0)
        os.close(self.handle)
        _remove(self.folder)
        if self.control >= 0:
            _tell_end(self.control, status, usage)
            os.close(self.control)


def _open_processes() -> None:
    """Open a pid namespace whose first process is the next child of this one."""
    try:
        linux.unshare(linux.CLONE_NEWPID)
    except OSError as error:
        raise LayerFailedError(NAMESPACES, f"{type(error).__name__}: {error}") from error


def _remove(folder: str) -> None:
    if folder:
        with suppress(OSError):
            Path(folder).rmdir()


def _find_way_back() -> int | None:
    """Open our own pid namespace; None where we may not return to it."""
    try:
        own = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
        linux.set_namespace(own, linux.CLONE_NEWPID)
    except OSError:
        return None
    return own


def supervise(
    confinement: Confinement, channels: Channels, folder: str, serve: Callable[[int], None]
) -> NoReturn:
    """Start a confined worker, tell the grader, wait for its end, tell that too, and exit.

    Runs in a fresh child of the warm process; takes what `become_worker` takes.
    """
    linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
    _close_all_but({0, 1, 2, channels.control, channels.data, channels.output})
    try:
        if confinement.needs_user_namespace:
            confinement.enter_user_namespace()
        else:
            _open_processes()
        worker = os.fork()
    except (LayerFailedError, OSError) as error:
        os.write(channels.control, _describe_failure(error))
        os._exit(1)
    if worker == 0:
        become_worker(confinement, channels, folder, serve)
    for descriptor in {channels.data, channels.output}:  # one and the same for a throw-away worker
        os.close(descriptor)
    _tell_start(channels.control, os.pidfd_open(worker))
    _, status, usage = os.wait4(worker, 0)
    _tell_end(channels.control, status, usage)
    os._exit(0)


def become_worker(
    confinement: Confinement, channels: Channels, folder: str, serve: Callable[[int], None]
) -> NoReturn:
    """Confine this process, tell the grader, serve, and exit.

    Args:
        confinement: What to do to this process.
        channels: The files of this worker; all others are closed.
        folder: What the confinement made for it.
        serve: What comes then, with the data socket.
    """
    try:
        _arrange_files(channels)
        try:
            confinement.apply(folder)
        except BaseException as error:  # noqa: BLE001  # whatever happened, this process must not go on
            os.write(_CONTROL_FD, _describe_failure(error))
            os._exit(1)
        os.write(_CONTROL_FD, CONFINED)
        os.close(_CONTROL_FD)
        serve(DATA_FD)
    finally:
        os._exit(1)


def _arrange_files(channels: Channels) -> None:
    """Make 0 empty, 1 and 2 the output, 3 the data socket, 4 the control socket; close everything else."""
    null = os.open("/dev/null", os.O_RDONLY)
    sources = (null, channels.output, channels.output, channels.data, channels.control)
    copies = [fcntl.fcntl(source, fcntl.F_DUPFD, _ABOVE_STANDARD) for source in sources]
    for target, copy in enumerate(copies):
        os.dup2(copy, target)
    os.closerange(len(copies), _MAX_FD)


def _close_all_but(kept: set[int]) -> None:
    first = 0
    for descriptor in [*sorted(kept), _MAX_FD]:
        if descriptor > first:  # an empty range from 0 would be taken as every file there is
            os.closerange(first, descriptor)
        first = descriptor + 1


def _tell_start(control: int, handle: int) -> None:
    """Send the grader the handle by which it kills the worker."""
    with socket.socket(fileno=os.dup(control)) as end, suppress(OSError):
        socket.send_fds(end, [STARTED], [handle])


def _tell_end(control: int, status: int, usage: Any) -> None:
    ended = {
        "status": status,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_bytes": usage.ru_maxrss << 10,
    }
    with suppress(OSError):
        os.write(control, json.dumps(ended).encode())


def _describe_failure(error: BaseException) -> bytes:
    """Say why a process cannot be confined, in the form that the grader reads."""
    layer = error.layer if isinstance(error, LayerFailedError) else ""
    reason = error.reason if isinstance(error, LayerFailedError) else f"{type(error).__name__}: {error}"
    failure: dict[str, Any] = {"confined": False, "layer": layer, "reason": reason[:500]}
    return json.dumps(failure).encode()
