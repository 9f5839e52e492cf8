"""What grades submissions inside a job: one warm grader for many of them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from grader.batch import evidence
from grader.submission import Submission

COMPARED = ("outcome", "score", "pending", "got", "rationale")


@dataclass(frozen=True)
class Order:
    """What a job is asked to do.

    Attributes:
        submission: What was handed in.
        submitted_at: When, as the LMS tells.
        folder: The folder for its results; made if need be.
        pdf: Whether to write ``report.pdf``.
        twice: Whether to grade it twice and compare.
    """

    submission: Submission
    submitted_at: datetime | None
    folder: Path
    pdf: bool = True
    twice: bool = False


@dataclass(frozen=True)
class Delivery:
    """What a job answers.

    Attributes:
        result: As in ``results.json``.
        policies: What was applied to the total, as the gradebook keeps it.
        readable: Whether every code file could be read and there was one.
        unstable: Checks that came out differently the second time, in words.
    """

    result: dict[str, Any]
    policies: str
    readable: bool
    unstable: tuple[str, ...] = ()


class Engine(Protocol):
    """Grades one submission after the other."""

    def grade(self, order: Order) -> Delivery:
        """Grade a submission and write its results into its folder."""


StartEngine = Callable[[Mapping[str, Any]], AbstractContextManager[Engine]]


@contextlib.contextmanager
def start_engine(options: Mapping[str, Any]) -> Iterator[Engine]:
    """Start the grader of this package.

    Args:
        options: ``allow_weak``, and ``choices``: further fields of `grader.grade.Settings`.

    Raises:
        StaffError: This machine or this installation cannot grade.
    """
    from rich.console import Console

    from grader.grading_run import GradingRun

    with Path("/dev/null").open("w") as nowhere:
        console = Console(file=nowhere)
        with GradingRun.start(console, allow_weak=options["allow_weak"], **options["choices"]) as run:
            yield WarmEngine(run)


class WarmEngine:
    """Grades with a warm `grader.grading_run.GradingRun`."""

    def __init__(self, run: Any) -> None:
        self._run = run

    def grade(self, order: Order) -> Delivery:
        """Grade a submission and write its results into its folder.

        The report is for the student: hidden inputs and expected values are not in it.

        Raises:
            UsageError: Data or weights that were asked for cannot be had, or the disk is full.
            StaffError: The grader failed.
        """
        from grader.grade import grade_submission
        from grader.grading_run import show_to_student, write_report
        from grader.results import write_atomically, write_result

        settings = self._run.settings
        settings = replace(settings, submitted_at=settings.submitted_at or order.submitted_at)
        graded = grade_submission(order.submission, self._run.sandbox, settings)
        unstable: tuple[str, ...] = ()
        if order.twice:
            again = grade_submission(order.submission, self._run.sandbox, settings)
            unstable = list_differences(graded.result, again.result)
        order.folder.mkdir(parents=True, exist_ok=True)
        report = order.folder / "report.pdf"
        for old in (report, order.folder / evidence.FILE_NAME):
            old.unlink(missing_ok=True)  # an old one must not stand beside a new result
        write_result(graded.result, order.folder / "results.json")
        if order.pdf:
            content = evidence.dump_evidence(graded.evidence)
            write_atomically(order.folder / evidence.FILE_NAME, content)
            write_report(show_to_student(graded), report)
        arrived = settings.submitted_at or order.submission.submitted_at
        return Delivery(
            graded.result,
            describe_policies(graded.result, settings.assignment, arrived),
            graded.readable,
            unstable,
        )


def describe_policies(result: dict[str, Any], assignment: Any, submitted_at: datetime | None) -> str:
    """Write down what was applied to a total, so that it can be applied again after a person marked."""
    from grader.gradebook.recording import dump_policies
    from grader.scoring import Policies

    zipped = any(policy["name"] == "zip" and policy["applied"] for policy in result["policies"])
    return dump_policies(
        Policies(
            cap=assignment.cap,
            zip_penalty=assignment.zip_penalty,
            zipped=zipped,
            late_penalty_per_day=assignment.late_penalty_per_day,
            due=assignment.due,
            submitted_at=submitted_at,
        )
    )


def list_differences(first: dict[str, Any], second: dict[str, Any]) -> tuple[str, ...]:
    """List the checks that came out differently in two gradings of the same bytes.

    Args:
        first: A result.
        second: Another.

    Returns:
        One line per check, with what differs.

    Examples:
        >>> one = {"name": "lab1.b.one_step", "outcome": "passed", "score": 2.0, "pending": 0.0,
        ...     "got": "1", "rationale": ""}
        >>> list_differences({"checks": [one]}, {"checks": [one | {"outcome": "failed", "score": 0.0}]})
        ("lab1.b.one_step: outcome 'passed' then 'failed'; score 2.0 then 0.0",)
    """
    again = {check["name"]: check for check in second["checks"]}
    lines = []
    for check in first["checks"]:
        other = again[check["name"]]
        words = [f"{key} {check[key]!r} then {other[key]!r}" for key in COMPARED if check[key] != other[key]]
        if words:
            lines.append(f"{check['name']}: {'; '.join(words)}")
    return tuple(lines)
