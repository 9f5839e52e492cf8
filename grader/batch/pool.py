"""Jobs: starting them, handing out work, noticing that one is lost, ending them all."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from grader.batch.engine import Order
from grader.errors import StaffError, UsageError
from grader.sandbox.device_queue import WAITING, WORKING

ENGINE = "grader.batch.engine:start_engine"
# An unknown environment is tried out first: the reference and the handout are graded.
START_SECONDS = 900.0
JOB_BYTES = 1_200_000_000
FINETUNE_BYTES = 1 << 30
_BOOTSTRAP = (
    "import sys; sys.path += [path for path in sys.argv[3:] if path not in sys.path]; "
    "from grader.batch.job import main; main(int(sys.argv[1]), int(sys.argv[2]))"
)


@dataclass
class Job:
    """A process that grades, from the parent's side.

    Attributes:
        process: The process.
        connection: The socket to it.
        complaints: What it wrote to stderr.
        deadline: When it is given up, by the monotonic clock; None while it is idle.
        ready: Whether it can take work.
        ticket: What it works on; None while it is idle.
        seconds_left: While it waits for a device: what its deadline left when that began.
    """

    process: subprocess.Popen[bytes]
    connection: Connection[Any, Any]
    complaints: IO[bytes]
    deadline: float | None
    ready: bool = False
    ticket: Any = None
    seconds_left: float | None = None

    def end(self) -> None:
        """Kill the process; what it started ends with it."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.connection.close()
        self.complaints.close()


@dataclass(frozen=True)
class Event:
    """Something that a job came to.

    Attributes:
        ticket: What it worked on.
        delivery: Its answer; None where there is none.
        fault: Why there is no answer, in words; empty where there is one.
        lost: Whether the process itself was lost, so that another try makes sense.
    """

    ticket: Any
    delivery: dict[str, Any] | None
    fault: str = ""
    lost: bool = False


@dataclass
class Pool:
    """At most so many jobs side by side; a context manager that leaves none behind.

    Attributes:
        size: The most jobs.
        options: What the engine is started with.
        engine: Where the engine is found, ``module:function``.
        grading_seconds: How long one submission may take before its job is given up.
        threads: Threads of each job; the cores, shared among the jobs, when None.
    """

    size: int
    options: Mapping[str, Any]
    engine: str = ENGINE
    grading_seconds: float = 1800.0
    threads: int | None = None
    _jobs: list[Job] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for job in self._jobs:
            job.end()
        self._jobs.clear()

    @property
    def is_busy(self) -> bool:
        """Whether any job works on something."""
        return any(job.ticket is not None for job in self._jobs)

    @property
    def has_room(self) -> bool:
        """Whether a job is ready for work."""
        return any(job.ready and job.ticket is None for job in self._jobs)

    def grow(self, wanted: int) -> None:
        """Start jobs until there are as many as wanted, at most `size`.

        The first one alone finds out whether this environment grades at all; the others wait for it.

        Args:
            wanted: How many submissions are waiting or in work.
        """
        proven = any(job.ready for job in self._jobs)
        most = min(self.size, wanted) if proven else min(1, wanted)
        while len(self._jobs) < most:
            self._jobs.append(self._start())

    def give(self, ticket: Any, order: Order) -> None:
        """Hand work to a job that is ready.

        Args:
            ticket: Comes back with the event.
            order: What to grade.
        """
        job = next(job for job in self._jobs if job.ready and job.ticket is None)
        job.ticket = ticket
        job.deadline = time.monotonic() + self.grading_seconds
        with suppress(OSError):  # a job that has died is noticed when its answer is waited for
            job.connection.send(order)

    def wait(self, timeout_seconds: float) -> Iterator[Event]:
        """Yield what jobs came to, after waiting for one at most.

        Args:
            timeout_seconds: How long to wait.

        Raises:
            StaffError: A job cannot start: this machine or installation cannot grade.
            UsageError: A job found that the caller asked for something that cannot be had.
        """
        ready = wait([job.connection for job in self._jobs], timeout_seconds)
        now = time.monotonic()
        for job in list(self._jobs):
            if job.connection in ready:
                yield from self._hear(job)
            elif job.deadline is not None and now > job.deadline:
                yield from self._lose(job, f"gave no answer within {self.grading_seconds:g} s and was ended")

    def _hear(self, job: Job) -> Iterator[Event]:
        try:
            message: dict[str, Any] = json.loads(job.connection.recv_bytes())
        except (EOFError, OSError):
            job.process.wait()
            yield from self._lose(job, f"the grading process {_say_end(job.process.returncode)}")
            return
        if message["kind"] == "ready":
            job.ready, job.deadline = True, None
            return
        if message["kind"] in (WAITING, WORKING):
            self._stop_the_clock(job, waits=message["kind"] == WAITING)
            return
        ticket, job.ticket, job.deadline = job.ticket, None, None
        if message["kind"] == "graded":
            yield Event(ticket, message)
            return
        self._drop(job)  # after a fault of ours the next submission gets a fresh process
        if message["kind"] == "broken":
            kind = UsageError if message["status"] == UsageError.exit_status else StaffError
            raise kind(message["message"], hint=message["hint"])
        yield Event(ticket, None, message["message"])

    @staticmethod
    def _stop_the_clock(job: Job, *, waits: bool) -> None:
        """Let the time in which a job waits for a device not count against its submission."""
        now = time.monotonic()
        if waits and job.deadline is not None:
            job.seconds_left, job.deadline = job.deadline - now, None
        elif not waits and job.seconds_left is not None:
            job.deadline, job.seconds_left = now + job.seconds_left, None

    def _lose(self, job: Job, why: str) -> Iterator[Event]:
        job.complaints.seek(0)
        words = job.complaints.read()[-2000:].decode("utf-8", "replace").strip().splitlines()
        last = f": {words[-1][:300]}" if words else ""
        ticket, was_ready = job.ticket, job.ready
        self._drop(job)
        if not was_ready:
            raise StaffError(
                f"a grading process did not start: {why}{last}", hint="is there enough memory for --jobs?"
            )
        yield Event(ticket, None, why + last, lost=True)

    def _drop(self, job: Job) -> None:
        self._jobs.remove(job)
        job.end()

    def _start(self) -> Job:
        ours, theirs = socket.socketpair()
        complaints = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the job
        threads = str(self.threads or max(1, count_cores() // self.size))
        with theirs:
            process = subprocess.Popen(  # noqa: S603  # this interpreter, our own code
                [
                    sys.executable,
                    "-I",  # nothing of the folder we were called in is imported
                    "-c",
                    _BOOTSTRAP,
                    str(theirs.fileno()),
                    str(os.getpid()),
                    *(path for path in sys.path if Path(path).is_absolute()),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
                pass_fds=[theirs.fileno()],
                env=os.environ | {"OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads},
                start_new_session=True,  # Ctrl-C reaches the parent, which ends everything in order
            )
        connection: Connection[Any, Any] = Connection(ours.detach())
        job = Job(process, connection, complaints, time.monotonic() + START_SECONDS)
        with suppress(OSError):
            connection.send({"engine": self.engine, "options": dict(self.options)})
        return job


def count_cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0))


def choose_jobs(*, finetune: bool = False) -> int:
    """Choose how many jobs to run: one per core, as far as the memory that is free allows.

    Args:
        finetune: Whether each trains with the student's quantizer, which takes a gigabyte more.
    """
    needed = JOB_BYTES + (FINETUNE_BYTES if finetune else 0)
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        available = next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration, ValueError):
        return count_cores()
    return max(1, min(count_cores(), available // needed))


def _say_end(status: int) -> str:
    if status < 0:
        return f"was ended by signal {signal.Signals(-status).name}"
    return f"ended with status {status}"
