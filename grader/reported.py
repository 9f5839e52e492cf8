"""The numbers that a student reports for Lab 2, set against what the grader finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from grader.lab2.claims import ClaimVerdict, Place
from grader.lab2.figures import list_figures
from grader.lab2.verification import Lab2Verification
from grader.sandbox import Session
from grader.sandbox.faults import StudentFault
from grader.scoring import Claim
from grader.submission import Answers, Assembly

ITEMS = ("lab2.b", "lab2.c", "lab2.d", "lab2.f")
MEASURED_ITEMS = ("lab2.b", "lab2.c", "lab2.d")


@dataclass(frozen=True)
class Reported:
    """What became of the reported numbers.

    Attributes:
        claims: A claim for each number that was reported.
        tables: By item the tables of the report: reported, found, verdict.
        notes: What a reader of the result should know.
    """

    claims: dict[Place, Claim]
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@cache
def open_lab2(data: str, weights: Path | None) -> Lab2Verification:
    """Load images and weights once per run.

    Raises:
        UsageError: They cannot be had.
    """
    return Lab2Verification.open(data, weights)


def list_reported(answers: Answers) -> dict[Place, Any]:
    """List the values of Lab 2 that were reported."""
    return {
        (item, key): value
        for (item, key), value in answers.values.items()
        if item in ITEMS and key != "comment" and value not in (None, "")
    }


def verify_reported(
    answers: Answers,
    assembly: Assembly,
    open_session: Callable[[Assembly], Session],
    data: str,
    weights: Path | None,
    *,
    steps_right: bool | None = None,
) -> Reported:
    """Verify the reported numbers with the student's own quantizer.

    A number that is not found again is left to a person, beside what was found; none is scored 0.

    Args:
        answers: What the student wrote.
        assembly: The submission's code.
        open_session: Opens a worker for code.
        data: ``"embedded"``, ``"cifar10"`` or the path of images.
        weights: A checkpoint; the shipped one for the images when None.
        steps_right: Whether single training steps with the quantizer are right; None where none was taken.

    Returns:
        Claims, tables and notes.

    Raises:
        UsageError: Images or weights cannot be had.
    """
    reported = list_reported(answers)
    pending = {
        place: Claim(None, _show(value), "to be verified by a person") for place, value in reported.items()
    }
    if not any(place[0] in MEASURED_ITEMS for place in reported):
        return Reported(pending)
    lab2 = open_lab2(data, weights)
    try:
        with open_session(assembly.only("STE")) as session:
            measured = lab2.measure(session.probe)
    except StudentFault as fault:
        note = f"the reported accuracies were not verified: {fault.summary}"
        return Reported(pending, notes=(note,))
    measured = replace(measured, steps_right=steps_right)
    verdicts = lab2.verify(reported, measured)
    found = {
        place: Claim(verdict.verified, verdict.claimed, verdict.words)
        for place, verdict in verdicts.items()
        if place in reported
    }
    tables = {
        item: [_tabulate(item, verdicts, lab2.described)]
        for item in ITEMS
        if any(place[0] == item for place in verdicts)
    }
    for item, figures in list_figures(reported, measured).items():
        tables.setdefault(item, []).extend(figures)
    return Reported(
        pending | found,
        tables,
        (f"Lab 2 was judged on {lab2.described}",),
    )


def _show(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _tabulate(item: str, verdicts: dict[Place, ClaimVerdict], described: str) -> dict[str, Any]:
    own = [verdict for place, verdict in verdicts.items() if place[0] == item]
    return {
        "title": "Reported and found",
        "columns": ["value", "reported", "found", "verdict"],
        "rows": [[v.name, v.claimed, v.expected or "not measured", v.verdict.value] for v in own],
        "note": f"set against {described}, and against tables that are known",
    }
