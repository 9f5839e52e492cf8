"""What has to be graded, and why: only what changed, unless told otherwise."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.batch.evidence import FILE_NAME as EVIDENCE
from grader.batch.pool import ENGINE
from grader.fingerprint import describe_choices, fingerprint_assignment, fingerprint_grader
from grader.gradebook.recording import FAULT, INCOMPLETE, Attempt, Fingerprints
from grader.gradebook.standing import find_folder, find_last_result
from grader.gradebook.store import Gradebook


@dataclass(frozen=True)
class Plan:
    """How to grade a class.

    Attributes:
        jobs: How many submissions at once.
        allow_weak: Grade even where student code cannot be confined well.
        pdf: Whether to write ``report.pdf``.
        regrade: Grade what has not changed, too.
        twice: Grade everything twice and compare.
        choices: Further fields of `grader.grade.Settings`, such as ``data``.
        grading_seconds: How long one submission may take.
        engine: What grades, ``module:function``.
        cluster: The Dask scheduler of the processes that grade; none for processes of this machine.
    """

    jobs: int
    allow_weak: bool = False
    pdf: bool = True
    regrade: bool = False
    twice: bool = False
    choices: Mapping[str, Any] = field(default_factory=dict)
    grading_seconds: float = 1800.0
    engine: str = ENGINE
    cluster: str | None = None

    def fingerprint(self) -> Fingerprints:
        """Return what every result of this run depends on besides the submission."""
        return Fingerprints(fingerprint_grader(), fingerprint_assignment(), describe_choices(self.choices))


def give_reason(book: Gradebook, attempt: Attempt, plan: Plan, now: Fingerprints) -> str:
    """Say why an attempt must be graded; empty when nothing has changed since it was.

    Args:
        book: The gradebook.
        attempt: The student's current upload.
        plan: How to grade.
        now: What a result depends on today.
    """
    last = find_last_result(book, attempt)
    if last is None:
        others = book.rows(
            "SELECT count(*) FROM attempts a JOIN students s ON s.id = a.student_id WHERE s.key = ?",
            (attempt.key,),
        )
        return "a new upload" if others[0][0] > 1 else "not graded before"
    if plan.twice:
        return "graded twice, as asked"
    if plan.regrade:
        return "graded again, as asked"
    if last["outcome"] in (FAULT, INCOMPLETE):
        return "our fault last time"
    return say_change(last, now) or _say_missing(find_folder(book, attempt.key), plan)


def say_change(last: sqlite3.Row, now: Fingerprints) -> str:
    """Say what has changed since a result was made; empty when nothing has."""
    if last["assignment"] != now.assignment:
        return "the assignment's data, rubric or key changed"
    if last["grader"] != now.grader:
        return "the grader or a package changed"
    if last["choices"] != now.choices:
        before, after = json.loads(last["choices"]), json.loads(now.choices)
        changed = [
            f"{name} was {before.get(name)}, is {after.get(name)}"
            for name in sorted({*before, *after})
            if before.get(name) != after.get(name)
        ]
        return "options changed: " + "; ".join(changed)
    return ""


def _say_missing(folder: Path, plan: Plan) -> str:
    wanted = ["results.json"] + (["report.pdf", EVIDENCE] if plan.pdf else [])
    missing = [name for name in wanted if not (folder / name).is_file()]
    return f"{' and '.join(missing)} missing" if missing else ""
