"""The trusted end's hold on a worker's process."""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.errors import StaffError

_REPORT_BYTES = 65536
_START_SECONDS = 60.0
_END_SECONDS = 10.0

_SIGNALS = {
    signal.SIGABRT: "abort",
    signal.SIGBUS: "bus error",
    signal.SIGFPE: "arithmetic error",
    signal.SIGILL: "illegal instruction",
    signal.SIGSEGV: "segmentation fault",
    signal.SIGSYS: "a system call that is not allowed",
}


@dataclass(frozen=True, slots=True)
class Ending:
    """How a worker ended, from its parent.

    Attributes:
        status: As ``os.wait`` gives it.
        cpu_seconds: Processor time over its life.
        peak_bytes: Largest resident size.
    """

    status: int
    cpu_seconds: float
    peak_bytes: int

    @property
    def was_killed(self) -> bool:
        """Whether it was ended from outside, by us or by the kernel."""
        return os.WIFSIGNALED(self.status) and os.WTERMSIG(self.status) in (signal.SIGKILL, signal.SIGXCPU)

    @property
    def lacked_memory(self) -> bool:
        """Whether the worker gave up for lack of memory, or the kernel ended it, most likely for that."""
        return self.was_killed or self.status == errno.ENOMEM << 8

    @property
    def how(self) -> str:
        """The ending in words.

        Examples:
            >>> Ending(11, 0.1, 0).how, Ending(3 << 8, 0.1, 0).how, Ending(6 << 8, 0.1, 0).how
            ('segmentation fault', 'it exited with status 3', 'abort')
        """
        if os.WIFSIGNALED(self.status):
            number = os.WTERMSIG(self.status)
            return _SIGNALS.get(signal.Signals(number), f"signal {number}")
        code = os.WEXITSTATUS(self.status)
        if code == signal.SIGABRT:  # the status that a worker's handler for SIGABRT exits with
            return _SIGNALS[signal.SIGABRT]
        return f"it exited with status {code}"


class WorkerProcess:
    """A confined worker: killed through a handle that no other process can take over.

    Args:
        control: Socket to the worker's parent, and to the worker until it is confined.
    """

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._handle = -1
        self._ending: Ending | None = None

    def wait_until_confined(self) -> None:
        """Wait until the worker stands ready.

        Raises:
            StaffError: The worker could not be confined, or the warm process is gone.
        """
        self._control.settimeout(_START_SECONDS)
        report: dict[str, Any] = {}
        while "confined" not in report or (report["confined"] and self._handle < 0):
            try:
                message, handles, _, _ = socket.recv_fds(self._control, _REPORT_BYTES, 1)
            except OSError as error:
                raise StaffError(f"no worker started: {error}", hint="see docs/sandbox.md") from error
            if handles:  # from its parent; it tells about itself, before or after
                self._handle = handles[0]
                continue
            report = json.loads(message) if message else {"reason": "the warm process is gone"}
            if "confined" not in report:
                report = {"confined": False, "reason": "it died while it was confined"} | report
        if not report["confined"]:
            raise StaffError(
                f"a worker could not be confined: {report.get('layer', '')} {report['reason']}",
                hint="the machine refuses now what it allowed at the start; start the grading again",
            )

    def find_id(self) -> int:
        """Return the worker's process id here, outside its pid namespace.

        Raises:
            StaffError: The kernel does not tell: the worker is gone, or no handle on it came.
        """
        try:
            lines = Path(f"/proc/self/fdinfo/{self._handle}").read_text(encoding="ascii").splitlines()
        except OSError:
            lines = []
        found = [int(line.split()[1]) for line in lines if line.startswith("Pid:")]
        if not found or found[0] <= 0:
            raise StaffError("a worker has no process id that we can see", hint="is /proc mounted here?")
        return found[0]

    def read_waiting(self) -> float:
        """Return for how many seconds the worker has been ready to run while others had the processors.

        It counts from the worker's start, for its main thread; 0 where the kernel does not tell.
        """
        try:
            fields = Path(f"/proc/{self.find_id()}/schedstat").read_text(encoding="ascii").split()
            return int(fields[1]) / 1e9
        except (OSError, StaffError, ValueError, IndexError):
            return 0.0

    @property
    def has_ended(self) -> bool:
        """Whether the worker is gone already."""
        self._control.settimeout(0)
        try:
            self._control.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True

    def kill(self) -> None:
        """Kill the worker and everything in its pid namespace."""
        if self._handle >= 0:
            try:
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
            except ProcessLookupError:
                return

    def wait(self, seconds: float = _END_SECONDS) -> Ending | None:
        """Wait until the worker is gone; None when it is not, or its parent cannot tell any more."""
        if self._ending is None:
            self._control.settimeout(seconds)
            try:
                report = self._control.recv(_REPORT_BYTES)
            except OSError:
                return None
            self._ending = Ending(**json.loads(report)) if report else None
        return self._ending

    def close(self) -> None:
        """Let go of the process; it must be dead."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
        self._control.close()
