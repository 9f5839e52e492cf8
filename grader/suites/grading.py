"""What the hidden tests share while one submission is graded."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.errors import StaffError
from grader.sandbox import Session
from grader.sandbox.faults import ReplyRefused, StudentFault, describe_place
from grader.submission.assembly import Assembly
from grader.suites.verdicts import CheckSkipped, LeftToPerson

# Loading again for every function isolates them from each other; a submission that is slow to load
# (it runs its experiments on import) is loaded once and shared.
SLOW_LOAD_SECONDS = 0.5
TOTAL_SECONDS = 45.0
MAX_CALLS_OF_A_BATCH = 12
PAIR = 2  # a value, and the arguments after the call


@dataclass(frozen=True, slots=True)
class Pace:
    """What a small or slow machine changes: how long is waited, never what is right.

    Attributes:
        slowness: What every limit of wall time is multiplied by.
        workers: Workers of a submission that are open at once; 0 for one per function. Where there are
            fewer, the one that was used longest ago is closed, and its function loaded again when needed.

    Examples:
        >>> Pace(slowness=2.0).total_seconds
        90.0
    """

    slowness: float = 1.0
    workers: int = 0

    @property
    def total_seconds(self) -> float:
        """The wall time of one grading."""
        return TOTAL_SECONDS * self.slowness


@dataclass
class StudentFunction:
    """One of the six functions of a submission, called in a worker.

    Attributes:
        name: The function's name, as in the rubric.
        fault: The fault that ended its worker, if one did; it is not tried again.
        calls: Calls that were answered, from which a mistake may be recognized.
    """

    name: str
    _grading: Grading
    fault: StudentFault | None = None
    calls: list[tuple[tuple[Any, ...], dict[str, Any], Any]] = field(default_factory=list)

    def call_many(self, calls: list[tuple[Any, ...]]) -> list[tuple[Any, list[Any]]]:
        """Call the function once per argument list in one worker.

        Args:
            calls: Positional arguments of each call.

        Returns:
            For each call the value and the arguments as they were after it.

        Raises:
            StudentFault: A call failed.
            CheckSkipped: An earlier call ended the worker.
        """
        reply = self.probe("call_many", calls=[list(call) for call in calls])
        self.demand(reply, len(calls), lambda pair: isinstance(pair, tuple | list) and len(pair) == PAIR)
        self.remember([(call, value) for call, (value, _) in zip(calls, reply, strict=True)])
        return [(value, list(after) if isinstance(after, tuple | list) else []) for value, after in reply]

    def call_each(self, weights: npt.NDArray[np.float64], others: tuple[Any, ...]) -> Any:
        """Call the function once for each of many weights, without a look at the arguments after it.

        Args:
            weights: The first argument of each call, ``(calls, d, 1)``.
            others: The other positional arguments, the same for every call.

        Returns:
            The value of each call: one array of any dtype in the shape of ``weights``, or a list.

        Raises:
            StudentFault: A call failed.
            CheckSkipped: An earlier call ended the worker.
        """
        values = self.probe("call_each", weights=weights, others=list(others))
        if not (isinstance(values, np.ndarray) and values.shape == weights.shape):
            self.demand(values, len(weights), lambda _: True)
        few = zip(weights[:MAX_CALLS_OF_A_BATCH], values[:MAX_CALLS_OF_A_BATCH], strict=True)
        self.remember([((W, *others), value) for W, value in few])
        return values

    def demand(self, reply: Any, count: int, is_right: Callable[[Any], bool]) -> None:
        """Demand a list of replies of a form: the student's code shares a process with the probe.

        Raises:
            ReplyRefused: It has another form.
        """
        if not isinstance(reply, list) or len(reply) != count or not all(map(is_right, reply)):
            raise ReplyRefused(self.name, "it has another form than the probe gives it")

    def remember(self, answered: list[tuple[tuple[Any, ...], Any]]) -> None:
        """Keep a few answered calls."""
        self.calls += [(arguments, {}, value) for arguments, value in answered[:MAX_CALLS_OF_A_BATCH]]

    def probe(self, probe: str, **arguments: Any) -> Any:
        """Run a probe in the function's worker.

        Raises:
            StudentFault: The student's code failed.
            CheckSkipped: An earlier call ended the worker.
        """
        if self.fault is not None:
            raise CheckSkipped(f"{self.fault.summary}; it was not called again")
        return self._grading.run(self, lambda session: session.probe(probe, function=self.name, **arguments))

    def call(self, *arguments: Any) -> Any:
        """Call the function once.

        Raises:
            StudentFault: The call failed.
            CheckSkipped: An earlier call ended the worker.
        """
        return self.call_many([arguments])[0][0]


@dataclass
class Grading:
    """The context of one grading.

    Attributes:
        assembly: Which file provides which function.
        open_session: Opens a fresh worker that loads an assembly.
        problem: The assignment's `Lab1Problem`.
        schemes: The mixed-precision schemes of Lab 2.
        seed: Every random input of this grading derives from it.
        answers: Answers by rubric item and key, None where blank.
        key: The reference's answers in the same layout.
        has_report: Whether a PDF was handed in.
        evaluate_formula: Evaluates a formula in a worker that holds no student code.
        pace: What the machine allows.
        evidence: What the report shows: trajectories and the quantizer's staircase; and the whole
            inputs of failed checks.
        notes: What happened while the submission was loaded.
    """

    assembly: Assembly
    open_session: Callable[[Assembly], Session]
    problem: Any
    schemes: tuple[tuple[int, int, int], ...]
    seed: int
    answers: dict[tuple[str, str], Any]
    key: dict[tuple[str, str], Any]
    has_report: bool
    evaluate_formula: Callable[..., Any]
    pace: Pace = Pace()
    evidence: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    _functions: dict[str, StudentFunction] = field(default_factory=dict)
    _sessions: dict[str, Session] = field(default_factory=dict)
    _load_faults: dict[tuple[str, ...], StudentFault] = field(default_factory=dict)
    _broken: set[str] = field(default_factory=set)
    _started: float = field(default_factory=time.monotonic)
    _slow: bool = False

    def function(self, name: str) -> StudentFunction:
        """Return the student's function of a name."""
        return self._functions.setdefault(name, StudentFunction(name, self))

    def rng(self, purpose: str) -> np.random.Generator:
        """Return the generator of the inputs for a purpose, the same for the same seed."""
        digest = hashlib.sha256(f"{self.seed}:{purpose}".encode()).digest()
        return np.random.default_rng(int.from_bytes(digest[:16], "little"))

    def run(self, function: StudentFunction, action: Callable[[Session], Any]) -> Any:
        """Run an action in a function's worker and remember what broke it.

        Raises:
            StudentFault: The student's code failed.
            CheckSkipped: The grading's time was used up by calls that were stopped.
            LeftToPerson: It was used up although none was: the machine may be to blame.
        """
        total = self.pace.total_seconds
        if time.monotonic() - self._started > total:
            if self._load_faults or any(one.fault for one in self._functions.values()):
                raise CheckSkipped(f"the {total:g} s of this grading were used up by earlier calls")
            raise LeftToPerson(
                f"the {total:g} s of this grading were used up though every call ended in its time: "
                "the machine was busy, or the code is slow; grade this submission again"
            )
        try:
            return action(self._session(function))
        except StudentFault as fault:
            if fault.fatal:
                function.fault = fault
                self._drop(function.name)
            raise
        except StaffError:  # a worker that was lost is not asked again; the next check has a fresh one
            self._drop(function.name)
            raise

    def _session(self, function: StudentFunction) -> Session:
        slot = "shared" if self._slow else function.name
        if slot not in self._sessions:
            while 0 < self.pace.workers <= len(self._sessions):
                self._sessions.pop(next(iter(self._sessions))).close()
            session = self._load(function.name)
            self._slow = self._slow or session.load.seconds > SLOW_LOAD_SECONDS
            self._sessions["shared" if self._slow else function.name] = session
            return session
        self._sessions[slot] = self._sessions.pop(slot)  # in the order of their last use
        return self._sessions[slot]

    def _load(self, name: str) -> Session:
        """Load the whole submission or, where a file of it does not load, the one that is needed."""
        for assembly in (self.assembly, self.assembly.only(name.partition(".")[0])):
            key = tuple(unit.file for unit in assembly.units)
            if key in self._load_faults:
                fault = self._load_faults[key]
                continue
            try:
                session = self.open_session(assembly)
            except StudentFault as error:
                fault = self._load_faults[key] = error
                self._note(error.summary)
            else:
                for problem in session.load.errors:
                    place = describe_place(problem.file, problem.line, problem.cell)
                    self._note(f"{place}: {problem.type_name}: {problem.message}")
                return session
        raise fault

    def _note(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)

    def _drop(self, name: str) -> None:
        session = self._sessions.pop("shared" if self._slow else name, None)
        if session is not None:
            session.close()

    @contextmanager
    def depended_on(self, what: str) -> Iterator[None]:
        """Remember that a part that others depend on is wrong, if the checks inside find it so."""
        try:
            yield
        except Exception:
            self._broken.add(what)
            raise

    def is_broken(self, what: str) -> bool:
        """Tell whether a part that others depend on is wrong."""
        return what in self._broken

    def close(self) -> None:
        """Close every worker."""
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()
