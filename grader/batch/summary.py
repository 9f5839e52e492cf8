"""What a class came to, read from the gradebook: scores, items, mistakes, who needs a person."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from grader.gradebook.cells import dump_table
from grader.gradebook.marks import settle
from grader.gradebook.recording import FAULT, REFUSED
from grader.gradebook.standing import Standing, list_standings
from grader.gradebook.store import Gradebook
from student.given.problem import load_assignment

BIN_POINTS = 10
MARK_COLUMNS = ("student", "name", "score", "max_score", "pending", "status", "submitted_at", "note")
_NOTHING_THERE = ("not answered", "no value is reported")  # the table of items tells how often
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?")


@dataclass
class ItemSummary:
    """How a class did in one item.

    Attributes:
        item: The rubric item.
        title: The question.
        max_score: Points at stake.
        score: Points earned by all students.
        pending: Points that persons still owe.
        full: How many students lost nothing.
        failed: How many students failed a check of it.
    """

    item: str
    title: str
    max_score: float
    score: float = 0.0
    pending: float = 0.0
    full: int = 0
    failed: int = 0


@dataclass
class ClassSummary:
    """What a class came to.

    Attributes:
        title: The assignment.
        max_score: The cap.
        outcomes: How many students by outcome.
        scores: The scores so far of those graded.
        pending: Points that persons still owe.
        items: By rubric item.
        mistakes: How many students made a mistake, by function or check and its words.
        human: Who needs a person for more than reading texts, and why.
        faults: Our faults, by student.
        rows: A row of ``marks.csv`` per student.
    """

    title: str
    max_score: float
    outcomes: Counter[str] = field(default_factory=Counter)
    scores: list[float] = field(default_factory=list)
    pending: float = 0.0
    items: dict[str, ItemSummary] = field(default_factory=dict)
    mistakes: Counter[tuple[str, str]] = field(default_factory=Counter)
    human: dict[str, list[str]] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)

    @property
    def worst_items(self) -> list[ItemSummary]:
        """Items in which checks failed, the most often failed first."""
        failed = [item for item in self.items.values() if item.failed]
        return sorted(failed, key=lambda item: -item.failed)

    def count_bins(self) -> list[tuple[str, int]]:
        """Count scores in steps of ten points; the cap belongs to the last step."""
        steps = max(1, round(self.max_score / BIN_POINTS))
        counts = Counter(min(int(score // BIN_POINTS), steps - 1) for score in self.scores)
        return [(f"{step * BIN_POINTS}–{(step + 1) * BIN_POINTS}", counts[step]) for step in range(steps)]


def summarize_class(book: Gradebook) -> ClassSummary:
    """Read what a class came to, student by student: only counts are held in memory.

    Args:
        book: The gradebook.

    Returns:
        The summary.
    """
    assignment = load_assignment()
    summary = ClassSummary(assignment.title, float(assignment.cap))
    spellings: dict[tuple[str, str], str] = {}
    for standing in list_standings(book):
        summary.outcomes[standing.outcome] += 1
        if standing.problem:
            _add_problem(summary, standing)
            continue
        settled = settle(book, standing)
        result = settled.result
        summary.scores.append(result["score"])
        summary.pending += result["pending"]
        reasons = _list_reasons(standing, result)
        if reasons:
            summary.human[standing.key] = reasons
        if standing.outcome == "incomplete":
            summary.faults[standing.key] = "some checks could not be made; their points stay pending"
        _add_items(summary, result)
        for what, words in _list_mistakes(result["checks"]):
            spelling = spellings.setdefault((what, _NUMBER.sub("#", words)), words)
            summary.mistakes[what, spelling] += 1
        summary.rows.append(
            _make_row(standing, result["score"], result["max_score"], result["pending"], "; ".join(reasons))
            | {item: entry["score"] for item, entry in result["items"].items()}
        )
    return summary


def _add_problem(summary: ClassSummary, standing: Standing) -> None:
    if standing.outcome == FAULT:
        summary.faults[standing.key] = standing.problem
    elif standing.outcome == REFUSED:
        summary.human[standing.key] = [standing.problem]
    summary.rows.append(_make_row(standing, None, summary.max_score, None, standing.problem))


def _make_row(
    standing: Standing, score: float | None, max_score: float, pending: float | None, note: str
) -> dict[str, Any]:
    values = (
        standing.key,
        standing.name,
        score,
        max_score,
        pending,
        standing.outcome,
        standing.attempt.submitted_at,
        note,
    )
    return dict(zip(MARK_COLUMNS, values, strict=True))


def _list_reasons(standing: Standing, result: dict[str, Any]) -> list[str]:
    """Say why a person should look at a submission; texts to be marked are the rule and no reason."""
    reasons = []
    assert standing.row is not None  # it has a result
    if not standing.row["readable"]:
        reasons.append("code that cannot be read, or none")
    errors = [check["name"] for check in result["checks"] if check["outcome"] == "error"]
    if errors:
        reasons.append(f"our fault in {', '.join(errors[:4])}{', …' if len(errors) > 4 else ''}")
    for kind, words in (("claim", "reported values not found again"), ("automatic", "left to a person")):
        where = [
            item
            for item, entry in result["items"].items()
            if any(part["kind"] == kind and part["pending"] for part in entry["parts"])
        ]
        if where and not (kind == "automatic" and errors):
            reasons.append(f"{words}: {', '.join(where)}")
    unstable = json.loads(standing.row["unstable"])
    if unstable:
        reasons.append(f"{len(unstable)} checks came out differently the second time")
    if result["sandbox"]["weak"]:
        reasons.append("graded in weak isolation")
    return reasons


def _add_items(summary: ClassSummary, result: dict[str, Any]) -> None:
    failed = {check["item"] for check in result["checks"] if check["outcome"] == "failed"}
    for item, entry in result["items"].items():
        known = summary.items.setdefault(item, ItemSummary(item, entry["title"], entry["max_score"]))
        known.score += entry["score"]
        known.pending += entry["pending"]
        known.full += entry["score"] >= entry["max_score"]
        known.failed += item in failed


def _list_mistakes(checks: Iterable[dict[str, Any]]) -> set[tuple[str, str]]:
    """List a student's mistakes, each once: the recognized one where there is one."""
    found = set()
    for check in checks:
        if check["outcome"] == "failed":
            words = " ".join(check["rationale"].split()).rpartition("; ")[2] or "wrong"
            if words not in _NOTHING_THERE:
                found.add((check["function"] or check["name"], words))
    return found


def dump_marks(summary: ClassSummary) -> bytes:
    """Write a row per student as CSV: score, what is pending, points by item."""
    columns = (*MARK_COLUMNS, *summary.items)
    return dump_table(columns, ([row.get(column) for column in columns] for row in summary.rows))


def dump_summary(summary: ClassSummary) -> bytes:
    """Write the class's figures as CSV, one figure a row."""
    rows: list[tuple[object, ...]] = []
    rows += [("outcome", outcome, "", count) for outcome, count in sorted(summary.outcomes.items())]
    rows += [("scores", step, "", count) for step, count in summary.count_bins()]
    rows += [("item failed", item.item, item.title, item.failed) for item in summary.worst_items]
    rows += [("mistake", what, words, count) for (what, words), count in summary.mistakes.most_common()]
    rows += [("needs a person", key, "; ".join(reasons), 1) for key, reasons in summary.human.items()]
    rows += [("our fault", key, reason, 1) for key, reason in summary.faults.items()]
    return dump_table(("section", "what", "detail", "students"), rows)
