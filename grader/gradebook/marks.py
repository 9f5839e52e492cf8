"""The final marks: the grader's points, what persons gave and decided, then the policies."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from grader.gradebook.comments import write_comment
from grader.gradebook.finetunes import list_finetunes, show_beside
from grader.gradebook.human import HumanMark, Override, fits, list_human_marks, list_overrides
from grader.gradebook.recording import load_policies
from grader.gradebook.records import Mark
from grader.gradebook.standing import Standing, find_folder, find_standing, list_standings
from grader.gradebook.store import Gradebook
from grader.scoring import apply_policies


@dataclass(frozen=True, slots=True)
class PendingPart:
    """A part that a person still has to mark.

    Attributes:
        key: The student.
        name: The student's name.
        item: The rubric item.
        part: The part.
        title: The part in words.
        out_of: The points at stake.
        text: What the student wrote.
        rationale: Why it is left to a person.
        earlier: A mark that was given before for another text or other points, in words.
    """

    key: str
    name: str
    item: str
    part: str
    title: str
    out_of: float
    text: str
    rationale: str
    earlier: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """A result with what persons added to it.

    Attributes:
        result: As in ``results.json``, with the marks of persons filled in and the total made again.
        pending: What is still to be marked.
        notes: What persons decided, in words.
    """

    result: dict[str, Any] = field(repr=False)
    pending: tuple[PendingPart, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A student who has no mark, and why: not graded yet, unreadable, or our fault.

    Attributes:
        key: The student.
        name: The student's name.
        reason: Why there is no mark.
    """

    key: str
    name: str
    reason: str


def settle(book: Gradebook, standing: Standing) -> Settled:
    """Fill in what persons gave and decided, and make the total again.

    Beside reported values stands what finetunes in full reached; it changes no points.

    Args:
        book: The gradebook.
        standing: A student whose upload has a result.

    Returns:
        The result with the marks of persons.

    Raises:
        StaffError: There is no result, or it is damaged.
    """
    result = copy.deepcopy(standing.read_result())
    marks = list_human_marks(book, standing.key)
    overrides = {override.item: override for override in list_overrides(book, standing)}
    finetunes = list_finetunes(book, standing)
    pending: list[PendingPart] = []
    notes: list[str] = []
    for item, entry in result["items"].items():
        decided = overrides.get(item)
        for part in entry["parts"]:
            if part["kind"] == "claim":
                show_beside(part, item, finetunes)
            if not part["pending"]:
                continue
            given = _find_mark(marks, standing, item, part)
            if given is not None:
                part["score"] = round(part["score"] + float(given.points or 0.0), 6)
                part["pending"] = 0.0
                part["rationale"] = given.reason or "marked by a person"
                part["author"] = given.author
            elif decided is None or decided.points is None:
                pending.append(_describe_pending(standing, marks, item, part))
        entry["score"] = round(sum(part["score"] for part in entry["parts"]), 6)
        entry["pending"] = round(sum(part["pending"] for part in entry["parts"]), 6)
        if decided is not None and decided.points is not None:
            notes.append(_describe_override(item, decided, entry["score"]))
            entry["score"], entry["pending"] = decided.points, 0.0
            entry["override"] = decided.reason
    assert standing.row is not None  # read_result would have raised
    result |= apply_policies(result["items"], load_policies(standing.row["policies"]))
    total = overrides.get("")
    if total is not None and total.points is not None:
        notes.append(_describe_override("the total", total, result["score"]))
        result["score"], result["pending"], pending = total.points, 0.0, []
    return Settled(result, tuple(pending), tuple(notes))


def list_marks(book: Gradebook | Path | str) -> list[Mark]:
    """List the final mark of every student who has one.

    Students without a result have no mark, not even 0: `list_unsettled` names them, and an export
    must not leave them out silently.

    Args:
        book: The gradebook, or its path.

    Returns:
        The marks, ordered by key. ``pending`` counts points that a person still owes.

    Raises:
        UsageError: There is no gradebook at the path.
        StaffError: It is damaged.
    """
    if not isinstance(book, Gradebook):
        with Gradebook.open(book) as opened:
            return list_marks(opened)
    return [mark for mark in (_make_mark(book, standing) for standing in list_standings(book)) if mark]


def find_mark(book: Gradebook, key: str) -> Mark | None:
    """Return the final mark of one student; None where there is none.

    Raises:
        UsageError: There is no such student.
    """
    return _make_mark(book, find_standing(book, key))


def list_unsettled(book: Gradebook) -> list[Unsettled]:
    """List the students who have no mark, with the reason."""
    return [
        Unsettled(standing.key, standing.name, standing.problem)
        for standing in list_standings(book)
        if standing.problem and _find_total(book, standing) is None
    ]


def list_pending(book: Gradebook, key: str = "") -> Iterator[PendingPart]:
    """Yield what a person still has to mark, student by student.

    Args:
        book: The gradebook.
        key: Of one student only.

    Raises:
        UsageError: There is no such student.
    """
    for standing in [find_standing(book, key)] if key else list_standings(book):
        if not standing.problem:
            yield from settle(book, standing).pending


def list_outdated_reports(book: Gradebook) -> list[str]:
    """List the students whose PDF is older than the last mark or decision of a person about them."""
    outdated = []
    for standing in list_standings(book):
        report = find_folder(book, standing.key) / "report.pdf"
        times = [mark.at for mark in list_human_marks(book, standing.key)]
        times += [override.at for override in list_overrides(book, standing)]
        if times and not standing.problem and report.is_file():
            last = datetime.fromisoformat(max(times)).timestamp()
            if report.stat().st_mtime < last:
                outdated.append(standing.key)
    return outdated


def _make_mark(book: Gradebook, standing: Standing) -> Mark | None:
    report = find_folder(book, standing.key) / "report.pdf"
    if standing.problem:
        total = _find_total(book, standing)
        if total is None or total.points is None:
            return None
        comment = f"{total.points:g} points: {total.reason}"
        cap = _read_cap()
        return Mark(standing.key, standing.name, total.points, cap, 0.0, comment, None, standing.origin)
    settled = settle(book, standing)
    result = settled.result
    return Mark(
        key=standing.key,
        name=standing.name,
        score=result["score"],
        max_score=result["max_score"],
        pending=result["pending"],
        comment=write_comment(result, settled.notes),
        report=report if report.is_file() else None,
        origin=standing.origin,
        items={item: entry["score"] for item, entry in result["items"].items()},
    )


def _read_cap() -> float:
    from student.given.problem import load_assignment

    return float(load_assignment().cap)


def _find_total(book: Gradebook, standing: Standing) -> Override | None:
    decided = [override for override in list_overrides(book, standing) if not override.item]
    return decided[-1] if decided and decided[-1].points is not None else None


def _find_mark(
    marks: list[HumanMark], standing: Standing, item: str, part: dict[str, Any]
) -> HumanMark | None:
    """Return the last mark of what is to be marked now, unless it was withdrawn."""
    fitting = [mark for mark in marks if fits(mark, standing, item, part)]
    return fitting[-1] if fitting and fitting[-1].points is not None else None


def _describe_pending(
    standing: Standing, marks: list[HumanMark], item: str, part: dict[str, Any]
) -> PendingPart:
    earlier = [mark for mark in marks if (mark.item, mark.part) == (item, part["id"])]
    words = ""
    if earlier and earlier[-1].points is not None:
        last = earlier[-1]
        words = f"{last.points:g} of {last.out_of:g} by {last.author}, for what was there before"
    return PendingPart(
        key=standing.key,
        name=standing.name,
        item=item,
        part=part["id"],
        title=part["title"],
        out_of=part["pending"],
        text=part["text"],
        rationale=part["rationale"],
        earlier=words,
    )


def _describe_override(what: str, override: Override, before: float) -> str:
    return (
        f"{what}: {override.points:g} instead of {before:g}, decided by {override.author}: {override.reason}"
    )
