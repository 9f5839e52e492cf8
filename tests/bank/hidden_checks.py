"""The hidden checks as plain calls on workers that stay warm.

Thousands of gradings that differ in their seed alone need neither a survey nor a pytest run each.
What is called here are the very functions of ``grader/suites``, in the real sandbox; a test holds
the outcomes against those of a whole grading.
"""

import importlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from grader.grade import Settings, load_handout, survey
from grader.sandbox import Limits, Sandbox, Session
from grader.sandbox.faults import StudentFault
from grader.submission import Assembly, Submission, assemble
from grader.suites.grading import Grading, Pace
from grader.suites.verdicts import CheckFailed, CheckSkipped, LeftToPerson

SUITES = ("test_lab1", "test_lab2_quantizer", "test_lab2_precision", "test_answers")
# The claims made with these checks are not about time, and the machine may be busy.
PATIENT = Limits(load_seconds=120.0, call_seconds=60.0, probe_seconds=60.0, cpu_seconds=600)
PASSED = "passed"


@dataclass(frozen=True)
class HiddenCheck:
    """One check of the rubric and the function of the hidden suites that establishes it.

    Attributes:
        name: The check's name in the rubric.
        item: The rubric item.
        function: The student's function that it tests, as in the rubric, or None.
        run: The test function.
        arguments: Its parameters but for the grading.
    """

    name: str
    item: str
    function: str | None
    run: Callable[..., None]
    arguments: dict[str, Any]

    def judge(self, grading: Grading) -> str:
        """Make the check.

        Args:
            grading: Its context.

        Returns:
            ``"passed"``, or why not: a fault of the grader's own is raised, never returned.
        """
        try:
            self.run(grading, **self.arguments)
        except CheckFailed as failure:
            return f"{failure} (got {failure.got}; expected {failure.expected}; on {failure.inputs})"
        except (StudentFault, CheckSkipped, LeftToPerson) as reason:
            return f"{type(reason).__name__}: {reason}"
        return PASSED


def list_hidden_checks(settings: Settings) -> tuple[HiddenCheck, ...]:
    """List every check of the rubric, in the order in which a grading makes them.

    Args:
        settings: Whose rubric counts.
    """
    known = settings.rubric.checks
    checks = []
    for name in SUITES:
        module = importlib.import_module(f"grader.suites.{name}")
        for function in vars(module).values():
            if getattr(function, "__module__", "") == module.__name__ and hasattr(function, "pytestmark"):
                for check, arguments in _expand(function):
                    item, part, _ = known[check]
                    checks.append(HiddenCheck(check, item.id, part.function, function, arguments))
    return tuple(checks)


def _expand(function: Callable[..., None]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the checks of a test function as pytest would: one, or one per parameter set."""
    marks = {mark.name: mark for mark in function.pytestmark}
    if "parametrize" not in marks:
        yield marks["check"].args[0], {}
        return
    names, sets = marks["parametrize"].args
    names = [names] if isinstance(names, str) else list(names)
    for parameters in sets:
        (check,) = (mark.args[0] for mark in parameters.marks if mark.name == "check")
        yield check, dict(zip(names, parameters.values, strict=True))


class KeptSession:
    """A session that survives the grading that uses it, and answers equal requests once.

    A right submission answers equal requests alike, so what does not depend on the seed (a run of
    200 steps, the layers of ResNet-20) is asked for once.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.load = session.load
        self._replies: dict[str, Any] = {}

    def probe(self, name: str, /, **arguments: Any) -> Any:
        """Run a probe, or give the reply that the same request had."""
        key = name + fingerprint(arguments)
        if key not in self._replies:
            self._replies[key] = self.session.probe(name, **arguments)
        return self._replies[key]

    def close(self) -> None:
        """Do nothing: `WarmSubmission` closes the session."""


def fingerprint(value: Any) -> str:
    """Write a request as text that differs wherever the request does."""
    if hasattr(value, "detach"):
        value = value.detach().numpy()
    if hasattr(value, "tobytes"):
        return f"{value.dtype}{value.shape}{value.tobytes().hex()}"
    if isinstance(value, dict):
        return "{" + ",".join(f"{key!r}:{fingerprint(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(fingerprint, value)) + "]"
    return repr(value)


@dataclass
class SpiedGrading(Grading):
    """A grading that knows whether random inputs were drawn."""

    drew: bool = False

    def rng(self, purpose: str) -> Any:
        """Return the generator of the inputs for a purpose."""
        self.drew = True
        return super().rng(purpose)


@dataclass
class WarmSubmission:
    """A submission that is graded under many seeds by the same workers.

    Attributes:
        sandbox: Where its code runs.
        settings: How to grade.
        assembly: What is run of it.
        answers: Its ``answers.toml``, read.
    """

    sandbox: Sandbox
    settings: Settings
    assembly: Assembly
    answers: dict[tuple[str, str], Any] = field(default_factory=dict)
    _kept: dict[int, KeptSession] = field(default_factory=dict)

    def close(self) -> None:
        """Close the workers."""
        for kept in self._kept.values():
            kept.session.close()
        self._kept.clear()

    def grade(self, checks: Iterable[HiddenCheck], seed: int) -> tuple[dict[str, str], list[HiddenCheck]]:
        """Make checks.

        Args:
            checks: Which.
            seed: The seed of the hidden inputs.

        Returns:
            For every check what `HiddenCheck.judge` says, and those checks that drew random inputs:
            under another seed the others are the same to the byte.
        """
        numbers = count()

        def open_session(assembly: Assembly) -> Any:
            number = next(numbers)
            if number not in self._kept or self._kept[number].session.closed:
                self._kept[number] = KeptSession(self.sandbox.open_session(assembly.as_wire()))
            return self._kept[number]

        grading = SpiedGrading(
            assembly=self.assembly,
            open_session=open_session,
            problem=self.settings.assignment.lab1,
            schemes=self.settings.assignment.mixed_schemes,
            seed=seed,
            answers=self.answers,
            key=dict(self.settings.key.values),
            has_report=False,
            evaluate_formula=lambda **arguments: self.sandbox.read("formula", **arguments),
            pace=Pace(slowness=100.0),  # what is right must not depend on the time that it takes
        )
        outcomes, drawing = {}, []
        for check in checks:
            grading.drew = False
            outcomes[check.name] = check.judge(grading)
            if grading.drew:
                drawing.append(check)
        return outcomes, drawing


@contextmanager
def warm(
    sandbox: Sandbox,
    settings: Settings,
    assembly: Assembly,
    answers: dict[tuple[str, str], Any] | None = None,
) -> Iterator[WarmSubmission]:
    """Keep a submission's workers until the block ends."""
    submission = WarmSubmission(sandbox, settings, assembly, answers or {})
    try:
        yield submission
    finally:
        submission.close()


def assemble_submission(submission: Submission, sandbox: Sandbox) -> Assembly:
    """Survey a submission and choose what is run of it, as a grading does."""
    return assemble(submission, survey(submission, sandbox), load_handout())


def select_checks(checks: Iterable[HiddenCheck], function: str) -> tuple[HiddenCheck, ...]:
    """Select the checks of a function; ``"STE"`` stands for ``"STE.forward"``."""
    wanted = "STE.forward" if function == "STE" else function
    return tuple(check for check in checks if check.function == wanted)
