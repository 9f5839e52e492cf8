"""The history of a student's mark: every upload, result, mark and decision, in order of time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from grader.gradebook.changes import Change, compare_results
from grader.gradebook.standing import find_standing, unpack_result
from grader.gradebook.store import Gradebook


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a history.

    Attributes:
        at: When, ISO 8601 in UTC.
        what: ``"upload"``, ``"result"``, ``"finetune"``, ``"mark"``, ``"override"`` or ``"export"``.
        words: What happened.
        details: What a result changed against the one before, a line each.
    """

    at: str
    what: str
    words: str
    details: tuple[str, ...] = ()


def tell_history(book: Gradebook, key: str) -> list[Entry]:
    """Tell what happened to a student's mark, the oldest first.

    Args:
        book: The gradebook.
        key: The student.

    Returns:
        The entries.

    Raises:
        UsageError: There is no such student.
    """
    find_standing(book, key)
    entries = [*_tell_uploads(book, key), *_tell_results(book, key), *_tell_persons(book, key)]
    for row in book.rows("SELECT * FROM exports"):
        marks = json.loads(row["marks"])
        if key in marks:
            entries.append(
                Entry(row["at"], "export", f"{marks[key]:g} points to {row['lms']}: {row['path']}")
            )
    return sorted(entries, key=lambda entry: entry.at)


_OF_STUDENT = "JOIN attempts a ON a.id = x.attempt_id JOIN students s ON s.id = a.student_id WHERE s.key = ?"


def _tell_uploads(book: Gradebook, key: str) -> list[Entry]:
    rows = book.rows(f"SELECT x.*, a.sha256 AS sha, a.submitted_at FROM sightings x {_OF_STUDENT}", (key,))  # noqa: S608  # constant
    entries = []
    for row in rows:
        when = f"handed in {row['submitted_at']}" if row["submitted_at"] else "time unknown"
        entries.append(Entry(row["at"], "upload", f"{row['sha'][:16]}, {when}"))
    return entries


def _tell_results(book: Gradebook, key: str) -> list[Entry]:
    rows = book.rows(f"SELECT x.*, a.sha256 AS sha FROM results x {_OF_STUDENT} ORDER BY x.at", (key,))  # noqa: S608  # constant
    entries = []
    before: dict[str, dict[str, Any]] = {}
    for row in rows:
        details: tuple[str, ...] = ()
        if row["result"] is None:
            words = f"{row['outcome']}: {row['message']}"
        else:
            result = unpack_result(row)
            words = f"{result['score']:g} of {result['max_score']:g}, {result['pending']:g} pending"
            words += "" if row["outcome"] == "graded" else f" ({row['outcome']})"
            old = before.get(row["sha"])
            if old is not None:
                details = tuple(_say_change(change) for change in compare_results(key, old, result))
            before[row["sha"]] = result
        about = f"upload {row['sha'][:16]}, grader {row['grader'][:12]}, {row['reason']}"
        entries.append(Entry(row["at"], "result", f"{words}; {about}", details))
    return entries


def _say_change(change: Change) -> str:
    old, new = ("–" if points is None else f"{points:g}" for points in (change.old, change.new))
    words = f"{change.what}: {old} → {new}"
    return f"{words}; was {change.before}; is {change.after}" if change.before or change.after else words


def _tell_persons(book: Gradebook, key: str) -> list[Entry]:
    entries = []
    for row in book.rows(f"SELECT x.* FROM human_marks x {_OF_STUDENT}", (key,)):  # noqa: S608  # constant
        points = "withdrawn" if row["points"] is None else f"{row['points']:g} of {row['out_of']:g}"
        words = f"{row['item']}, {row['part']}: {points}, by {row['author']}"
        entries.append(Entry(row["at"], "mark", words + (f": {row['reason']}" if row["reason"] else "")))
    for row in book.rows(f"SELECT x.* FROM finetunes x {_OF_STUDENT}", (key,)):  # noqa: S608  # constant
        reached = "no accuracy" if row["accuracy"] is None else f"{row['accuracy']:.4f}"
        entries.append(
            Entry(row["at"], "finetune", f"{row['item']}, {row['name']}: {reached}, {row['words']}")
        )
    for row in book.rows(f"SELECT x.* FROM overrides x {_OF_STUDENT}", (key,)):  # noqa: S608  # constant
        points = "withdrawn" if row["points"] is None else f"{row['points']:g} points"
        words = f"{row['item'] or 'the total'}: {points}, by {row['author']}: {row['reason']}"
        entries.append(Entry(row["at"], "override", words))
    return entries
