"""What a hidden check can establish."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """The outcome of one check: who is at fault, if anyone."""

    PASSED = "passed"
    FAILED = "failed"  # the student's
    ERROR = "error"  # ours: never a zero
    SKIPPED = "skipped"  # depends on a check that failed, or is left to a person


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check of the rubric with its outcome, its points and what the student is told.

    Attributes:
        name: The check's name in the rubric, such as ``"lab1.e.operator"``.
        item: The rubric item it belongs to, such as ``"lab1.e"``.
        function: The one function of the six that it tests, or None.
        outcome: See `Outcome`.
        score: Points earned, 0 unless passed.
        max_score: Points at stake.
        claim: What the check establishes, in the student's words.
        call: The call that was made, without its hidden values.
        inputs: The hidden inputs, shortened; for staff only.
        got: What came back, shortened.
        expected: What a right answer is, shortened; for staff only.
        tolerance: What was allowed, and why.
        rationale: Why the outcome is what it is.
        hint: How to go on.
        pending: Points that a person still owes: the grader failed, or the answer stands where
            only a person can read it.

    Examples:
        >>> check = CheckResult("lab1.c.operator", "lab1.c", "prune_topk", Outcome.PASSED, 2.0, 2.0)
        >>> check.as_dict()["outcome"]
        'passed'
    """

    name: str
    item: str
    function: str | None
    outcome: Outcome
    score: float
    max_score: float
    claim: str = ""
    call: str = ""
    inputs: str = ""
    got: str = ""
    expected: str = ""
    tolerance: str = ""
    rationale: str = ""
    hint: str = ""
    pending: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return the check as it stands in ``results.json``."""
        return asdict(self) | {"outcome": self.outcome.value}
