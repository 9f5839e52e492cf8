"""One worker from fork to end: a supervisor that runs no student code, and its child that does."""

from __future__ import annotations

import json
import os
import signal
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from grader.sandbox.confinement import linux
from grader.sandbox.confinement.plan import LayerFailedError
from grader.sandbox.confinement.sequence import Confinement

if TYPE_CHECKING:
    from collections.abc import Callable

    from grader.sandbox.confinement.plan import Plan
    from grader.sandbox.confinement.sequence import Reach
    from grader.sandbox.limits import Limits

DATA_FD, _REPORT_FD = 3, 4
_ABOVE_STANDARD = 10
_MAX_FD = 1 << 16
_REPORT_BYTES = 65536


@dataclass(frozen=True, slots=True)
class Channels:
    """The open files that a request for a worker brings along.

    Attributes:
        control: Socket to the grader for the supervisor: that the worker is confined, how it ended.
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


def supervise(
    plan: Plan, limits: Limits, reach: Reach, channels: Channels, serve: Callable[[int], None]
) -> NoReturn:
    """Start a confined worker, tell the grader, wait for its end, tell that too, and exit.

    Runs in a fresh child of the warm process.

    Args:
        plan: The layers to apply.
        limits: What the worker may use.
        reach: What it may read.
        channels: The files of this worker.
        serve: What the worker does once it is confined, with its end of the data socket.
    """
    linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
    _close_all_but({0, 1, 2, channels.control, channels.data, channels.output})
    confinement = Confinement(plan, limits, reach, os.getpid())
    with socket.socket(fileno=channels.control) as control:
        try:
            confinement.prepare()
            report_end, report = os.pipe()
            worker = os.fork()
        except (LayerFailedError, OSError) as error:
            control.send(_failure(error))
            os._exit(1)
        if worker == 0:
            _become_worker(confinement, channels, report, serve)
        for descriptor in {report, channels.data, channels.output}:
            os.close(descriptor)
        handle = os.pidfd_open(worker)
        confined = os.read(report_end, _REPORT_BYTES) or _failure(
            RuntimeError("the worker died while it was confined")
        )
        socket.send_fds(control, [confined], [handle])
        _, status, usage = os.wait4(worker, 0)
        confinement.tidy()
        ended = {
            "status": status,
            "cpu_seconds": usage.ru_utime + usage.ru_stime,
            "peak_bytes": usage.ru_maxrss << 10,
        }
        control.send(json.dumps(ended).encode())
    os._exit(0)


def _become_worker(
    confinement: Confinement, channels: Channels, report: int, serve: Callable[[int], None]
) -> NoReturn:
    try:
        _arrange_files(channels, report)
        try:
            abi = confinement.apply()
        except BaseException as error:  # noqa: BLE001  # whatever happened, this process must not go on
            os.write(_REPORT_FD, _failure(error))
            os._exit(1)
        os.write(_REPORT_FD, json.dumps({"confined": True, "landlock_abi": abi, "pid": os.getpid()}).encode())
        os.close(_REPORT_FD)
        serve(DATA_FD)
    finally:
        os._exit(1)


def _arrange_files(channels: Channels, report: int) -> None:
    """Make 0 empty, 1 and 2 the output, 3 the data socket, 4 the report; close everything else."""
    with open("/dev/null", "rb") as null:  # noqa: PTH123
        sources = [null.fileno(), channels.output, channels.output, channels.data, report]
        copies = [_copy_above(source) for source in sources]
    for target, copy in enumerate(copies):
        os.dup2(copy, target)
    _close_all_but(set(range(len(copies))))


def _copy_above(descriptor: int) -> int:
    import fcntl

    return fcntl.fcntl(descriptor, fcntl.F_DUPFD, _ABOVE_STANDARD)


def _close_all_but(kept: set[int]) -> None:
    first = 0
    for descriptor in [*sorted(kept), _MAX_FD]:
        if descriptor > first:  # an empty range from 0 would be taken as every file there is
            os.closerange(first, descriptor)
        first = descriptor + 1


def _failure(error: BaseException) -> bytes:
    layer = error.layer if isinstance(error, LayerFailedError) else ""
    reason = error.reason if isinstance(error, LayerFailedError) else f"{type(error).__name__}: {error}"
    failure: dict[str, Any] = {"confined": False, "layer": layer, "reason": reason[:500]}
    return json.dumps(failure).encode()
