"""Calling into a worker, and turning whatever comes back into a value or a fault."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from grader.container import count_memory_kills
from grader.errors import StaffError
from grader.sandbox import channel, faults
from grader.sandbox.text import clean_line, clean_text
from grader.wire import WireError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from grader.sandbox.channel import Channel
    from grader.sandbox.limits import Limits
    from grader.sandbox.memory_watch import MemoryWatch
    from grader.sandbox.process import Ending, WorkerProcess

_TO_END_SECONDS, _CPU_TOLERANCE_SECONDS = 2.0, 0.5
_MAX_NAME, _MAX_MESSAGE, _MAX_LINE, _MAX_ERRORS = 80, 300, 10_000_000, 200


@dataclass(frozen=True, slots=True)
class LoadError:
    """An exception while a submission was loaded; what was defined before it stays.

    Attributes:
        file: The student's file, or "" when it is not known.
        line: The line there, or None.
        type_name: The exception's class.
        message: Its text, shortened, without control characters.
        cell: The notebook's code cell, counted from 1, or None.
    """

    file: str
    line: int | None
    type_name: str
    message: str
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class LoadReport:
    """How loading a submission went.

    Attributes:
        seconds: Wall time.
        errors: What went wrong, in order.
        functions: For each function that was looked for: whether it is defined.
    """

    seconds: float
    errors: tuple[LoadError, ...]
    functions: dict[str, bool]


class Reader:
    """A worker without a submission; it reads untrusted files in confinement.

    Args:
        process: The worker.
        line: The channel to it.
        limits: What it may use.
        probes: The names of the probes that it knows.
        watch: What bounds its memory where the kernel does not.
    """

    def __init__(
        self,
        process: WorkerProcess,
        line: Channel,
        limits: Limits,
        probes: frozenset[str],
        watch: MemoryWatch | None = None,
    ) -> None:
        self._process = process
        self._channel = line
        self._probes = probes
        self._limits = limits
        self._closed_because = ""
        self._memory_kills = count_memory_kills(anywhere=True)
        self._files: frozenset[str] = frozenset()
        self._functions: frozenset[str] = frozenset()
        self.ending: Ending | None = None
        self.watch = watch

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def closed(self) -> bool:
        """Whether the worker is gone, by `close` or by a fatal fault."""
        return bool(self._closed_because)

    @property
    def output(self) -> str:
        """What the worker printed, as text without control characters."""
        return clean_text(self._channel.printed.decode("utf-8", "replace"), self._limits.output_bytes)

    def close(self) -> None:
        """Kill the worker and wait until it is gone."""
        self._close("it was closed")

    def probe(self, name: str, /, **arguments: Any) -> Any:
        """Run one of our probes beside the student's code.

        Args:
            name: Its name in `grader.worker.probes`.
            arguments: Sent by value. A probe's argument called ``function`` also names the
                function that a fault is blamed on; else the probe's name does.

        Returns:
            What the probe returned.

        Raises:
            StudentFault: No value came back, and the submission is why.
            StaffError: There is no such probe, the session is closed, or an argument cannot be sent.
        """
        if name not in self._probes:
            known = ", ".join(sorted(self._probes))
            raise StaffError(f"there is no probe {name!r}, expected one of {known}")
        blamed = arguments.get("function")
        function = blamed if isinstance(blamed, str) else name
        return self._ask(("probe", name, arguments), self._limits.probe_seconds, function)

    def _ask(self, request: tuple[Any, ...], seconds: float, function: str | None) -> Any:
        if self.closed:
            raise StaffError(
                f"the session cannot be asked for {faults.name_subject(function)}: {self._closed_because}",
                hint="open a new session after a fatal fault",
            )
        try:
            reply = self._channel.exchange(request, seconds, self._process.read_waiting)
        except WireError as error:
            raise StaffError(f"the arguments of {faults.name_subject(function)}: {error}") from error
        except channel.LateError:
            fault: faults.StudentFault | StaffError = faults.TimedOut(function, seconds)
        except channel.FloodError:
            fault = faults.OutputFlood(function, self._limits.output_bytes)
        except channel.RefusedError as error:
            fault = faults.ReplyRefused(function, str(error))
        except channel.GoneError:
            fault = self._explain_end(function)
        else:
            return self._read_reply(reply, function)
        self._close(fault.message if isinstance(fault, StaffError) else fault.summary)
        raise fault

    def _explain_end(self, function: str | None) -> faults.StudentFault | StaffError:
        ending = self._process.wait(_TO_END_SECONDS)
        if self.watch is not None and self.watch.exceeded is not None:
            exceeded = self.watch.exceeded
            return faults.OutOfMemory(function, exceeded.allowed_bytes, fatal=True, where=exceeded.name)
        if self.watch is not None and self.watch.blind:
            return StaffError(
                f"a worker was ended: {self.watch.blind}", hint="see docs/sandbox.md, GPU workers"
            )
        if ending is None:  # alive, without its end of the socket
            return faults.Died(function, "it closed the connection to the grader")
        if ending.was_killed and ending.cpu_seconds >= self._limits.cpu_seconds - _CPU_TOLERANCE_SECONDS:
            return faults.TimedOut(function, self._limits.cpu_seconds)
        if ending.was_killed and count_memory_kills(anywhere=True) > self._memory_kills:
            return StaffError(
                f"the kernel killed the worker of {faults.name_subject(function)}: this machine ran out of "
                "memory",
                hint="end what else needs memory, or lower --jobs, and grade this submission again",
            )
        lacked = faults.OutOfMemory(function, self._limits.memory_bytes, fatal=True)
        return lacked if ending.lacked_memory else faults.Died(function, ending.how)

    def _read_reply(self, reply: Any, function: str | None) -> Any:
        status = reply.get("status") if isinstance(reply, dict) else None
        if status == "value" and "value" in reply:
            return reply["value"]
        if status == "missing":
            named = reply.get("function")
            raise faults.Missing(named if named in self._functions else function)
        if status == "not_implemented":
            raise faults.NotImplementedYet(function)
        if status == "memory":
            raise faults.OutOfMemory(function, self._limits.memory_bytes)
        if status == "raised":
            error = self._read_error(reply)
            raise faults.Raised(
                function, error.type_name, error.message, error.line, error.file or None, error.cell
            )
        why = clean_line(reply.get("why"), _MAX_MESSAGE) if status == "unsendable" else "it is not a reply"
        fault = faults.ReplyRefused(function, why)
        self._close(fault.summary)
        raise fault

    def _read_error(self, plain: Any) -> LoadError:
        """Take from a description of an exception what can be true."""
        plain = plain if isinstance(plain, dict) else {}
        file, line, cell = plain.get("file"), plain.get("line"), plain.get("cell")
        return LoadError(
            file=file if isinstance(file, str) and file in self._files else "",
            line=line if type(line) is int and 0 < line < _MAX_LINE else None,
            type_name=clean_line(plain.get("type_name"), _MAX_NAME) or "an exception",
            message=clean_line(plain.get("message"), _MAX_MESSAGE),
            cell=cell if type(cell) is int and 0 < cell < _MAX_LINE else None,
        )

    def _close(self, because: str) -> None:
        if self.closed:
            return
        self._closed_because = because
        if self.watch is not None:
            self.watch.stop()
        self._process.kill()
        self.ending = self._process.wait()
        with suppress(channel.FloodError):
            self._channel.drain()
        self._channel.close()
        self._process.close()


class Session(Reader):
    """A worker with a submission loaded.

    Attributes:
        load: How loading went.

    Args:
        process: The worker.
        line: The channel to it.
        limits: What it may use.
        probes: The names of the probes that it knows.
        assembly: The submission: its files and where its functions are.
        watch: What bounds its memory where the kernel does not.

    Raises:
        StudentFault: The submission cannot be loaded at all: it hangs, crashes, floods.
    """

    def __init__(
        self,
        process: WorkerProcess,
        line: Channel,
        limits: Limits,
        probes: frozenset[str],
        assembly: Mapping[str, Any],
        watch: MemoryWatch | None = None,
    ) -> None:
        super().__init__(process, line, limits, probes, watch)
        self._files = frozenset(str(unit["file"]) for unit in assembly["units"])
        self._functions = frozenset(map(str, assembly["provides"]))
        start = time.monotonic()
        source = json.dumps(assembly).encode()
        reply = self._ask(("load", source, limits.load_seconds), limits.load_seconds, None)
        self.load = self._read_load(reply, time.monotonic() - start)

    def call(self, function: str, /, *args: Any, **kwargs: Any) -> Any:
        """Call a function of the submission.

        An autograd function such as ``"STE"`` is applied; ``"STE.backward"`` is its method.

        Args:
            function: Its name.
            args: Its arguments, sent by value: the function cannot change ours.
            kwargs: More of them.

        Returns:
            What it returned; a part that cannot be sent is a `grader.wire.Opaque`.

        Raises:
            StudentFault: No value came back, and the submission is why.
            StaffError: The session is closed, or an argument cannot be sent.
        """
        return self._ask(("call", function, list(args), kwargs), self._limits.call_seconds, function)

    def _read_load(self, reply: Any, seconds: float) -> LoadReport:
        plain = reply if isinstance(reply, dict) else {}
        errors, functions = plain.get("errors"), plain.get("functions")
        if not isinstance(errors, list) or not isinstance(functions, dict):
            fault = faults.ReplyRefused(None, "it does not report on loading")
            self._close(fault.summary)
            raise fault
        return LoadReport(
            seconds=seconds,
            errors=tuple(self._read_error(error) for error in errors[:_MAX_ERRORS]),
            functions={name: functions.get(name) is True for name in sorted(self._functions)},
        )
