"""Marks and overrides of persons: each is added with its author, none replaces another."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import cache
from typing import Any

from grader.errors import UsageError
from grader.gradebook.standing import Standing
from grader.gradebook.store import Gradebook
from grader.rubric import read_rubric
from student.given.problem import load_assignment

_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class HumanMark:
    """A person's points for a part of an item.

    Attributes:
        item: The rubric item.
        part: Its part.
        points: The points; None withdraws the mark.
        out_of: The points that were at stake.
        author: Who marked.
        reason: Why.
        at: When, ISO 8601 in UTC.
        text_sha256: Digest of the text that was marked.
        sha256: Digest of the upload that was marked.
    """

    item: str
    part: str
    points: float | None
    out_of: float
    author: str
    reason: str
    at: str
    text_sha256: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Override:
    """A person's decision on an item, or on the total.

    Attributes:
        item: The rubric item; empty for the total.
        points: The points; None withdraws the override.
        author: Who decided.
        reason: Why.
        at: When, ISO 8601 in UTC.
    """

    item: str
    points: float | None
    author: str
    reason: str
    at: str


def hash_text(text: str) -> str:
    """Digest a part's text, to know later whether a mark is of the same text."""
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


@cache
def _parts_in_report() -> frozenset[tuple[str, str]]:
    return frozenset(
        (item.id, part.id) for item in read_rubric().items for part in item.parts if part.answer == "report"
    )


def list_human_marks(book: Gradebook, key: str) -> list[HumanMark]:
    """List the marks that persons gave a student, the oldest first, of all uploads."""
    rows = book.rows(
        "SELECT m.*, a.sha256 AS sha256 FROM human_marks m JOIN attempts a ON a.id = m.attempt_id "
        "JOIN students s ON s.id = a.student_id WHERE s.key = ? ORDER BY m.at, m.id",
        (key,),
    )
    names = ("item", "part", "points", "out_of", "author", "reason", "at", "text_sha256", "sha256")
    return [HumanMark(*(row[name] for name in names)) for row in rows]


def list_overrides(book: Gradebook, standing: Standing) -> list[Override]:
    """List the overrides of a student's current upload, the oldest first."""
    rows = book.rows(
        "SELECT o.* FROM overrides o JOIN attempts a ON a.id = o.attempt_id JOIN students s "
        "ON s.id = a.student_id WHERE s.key = ? AND a.sha256 = ? ORDER BY o.at, o.id",
        (standing.key, standing.attempt.sha256),
    )
    return [Override(row["item"], row["points"], row["author"], row["reason"], row["at"]) for row in rows]


def fits(mark: HumanMark, standing: Standing, item: str, part: dict[str, Any]) -> bool:
    """Tell whether a mark is of what is to be marked now.

    It is when the text and the points at stake are the same, and the upload too; a text in
    ``answers.toml`` that a later upload repeats word for word keeps its mark.

    Args:
        mark: The mark.
        standing: The student's current upload.
        item: The rubric item.
        part: The part, as in ``results.json``.
    """
    text = str(part["text"])
    if (mark.item, mark.part) != (item, part["id"]) or mark.text_sha256 != hash_text(text):
        return False
    if not math.isclose(mark.out_of, part["pending"], abs_tol=_TOLERANCE):
        return False
    stands_in_answers = (
        part["kind"] == "human" and bool(text.strip()) and (item, part["id"]) not in _parts_in_report()
    )
    return mark.sha256 == standing.attempt.sha256 or stands_in_answers


def find_part(result: dict[str, Any], item: str, part: str) -> dict[str, Any]:
    """Return a part of a result.

    Raises:
        UsageError: There is no such item or part.
    """
    if item not in result["items"]:
        raise UsageError(f"found no item {item!r}, expected one of {', '.join(result['items'])}")
    parts: dict[str, dict[str, Any]] = {entry["id"]: entry for entry in result["items"][item]["parts"]}
    if part not in parts:
        raise UsageError(f"{item}: found no part {part!r}, expected one of {', '.join(parts)}")
    return parts[part]


def check_points(points: float, out_of: float, what: str) -> None:
    """Refuse points that cannot be given.

    Raises:
        UsageError: They are below 0, above what is at stake, or no number.

    Examples:
        >>> check_points(1.5, 2.0, "lab1.b, comment")
        >>> check_points(3.0, 2.0, "lab1.b, comment")
        Traceback (most recent call last):
        ...
        grader.errors.UsageError: lab1.b, comment: found 3 points, expected 0 to 2
    """
    if not math.isfinite(points) or points < 0 or points > out_of + _TOLERANCE:
        raise UsageError(f"{what}: found {points:g} points, expected 0 to {out_of:g}")


def set_mark(
    book: Gradebook,
    standing: Standing,
    item: str,
    part: str,
    points: float | None,
    author: str,
    reason: str = "",
) -> None:
    """Add a person's mark for a part that the grader left to a person.

    Args:
        book: The gradebook.
        standing: The student.
        item: The rubric item.
        part: Its part.
        points: From 0 to what is pending there; None withdraws the mark given before.
        author: Who marks.
        reason: Why.

    Raises:
        UsageError: There is no such part, nothing is pending there, or the points do not fit.
    """
    entry = find_part(standing.read_result(), item, part)
    what = f"{standing.key}, {item}, {part}"
    if not entry["pending"]:
        raise UsageError(
            f"{what}: nothing is left to a person there ({entry['score']:g} of {entry['max_score']:g})",
            hint="hw4-grade override changes what the grader decided",
        )
    if points is not None:
        check_points(points, float(entry["pending"]), what)
    with book.transaction():
        book.add(
            "human_marks",
            attempt_id=standing.attempt.id,
            item=item,
            part=part,
            text_sha256=hash_text(str(entry["text"])),
            points=None if points is None else min(points, float(entry["pending"])),
            out_of=float(entry["pending"]),
            author=author,
            reason=reason,
        )


def set_override(
    book: Gradebook, standing: Standing, item: str, points: float | None, author: str, reason: str
) -> None:
    """Add a person's decision on an item or on the total, whatever the grader found.

    It holds for the upload at hand, also when that is graded again; another upload is another matter.

    Args:
        book: The gradebook.
        standing: The student.
        item: The rubric item; empty for the total after all policies.
        points: The points; None withdraws the override made before.
        author: Who decides.
        reason: Why.

    Raises:
        UsageError: There is no such item, or the points do not fit.
    """
    if item:
        result = standing.read_result()
        if item not in result["items"]:
            raise UsageError(f"found no item {item!r}, expected one of {', '.join(result['items'])}")
        most = float(result["items"][item]["max_score"])
    else:
        most = float(load_assignment().cap)
    if points is not None:
        check_points(points, most, f"{standing.key}, {item or 'the total'}")
    with book.transaction():
        book.add(
            "overrides",
            attempt_id=standing.attempt.id,
            item=item,
            points=points,
            author=author,
            reason=reason,
        )
