"""Marking in bulk: what is pending goes out as a table, the points come back row by row."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass

from grader.errors import UsageError
from grader.gradebook.cells import dump_table, quote_cell
from grader.gradebook.human import check_points, find_part, list_human_marks, set_mark
from grader.gradebook.marks import PendingPart, list_pending
from grader.gradebook.standing import Standing, find_standing
from grader.gradebook.store import Gradebook

COLUMNS = (
    "student",
    "name",
    "item",
    "part",
    "title",
    "out_of",
    "points",
    "reason",
    "text",
    "left_to_a_person_because",
    "earlier_mark",
    "of",
)
_NEEDED = ("student", "item", "part", "points", "of")
MAX_COMPLAINTS = 10


@dataclass(frozen=True, slots=True)
class SheetOutcome:
    """What became of a table of marks.

    Attributes:
        recorded: How many marks were added.
        unchanged: How many were there already.
        blank: How many rows had no points.
    """

    recorded: int
    unchanged: int
    blank: int


@dataclass(frozen=True, slots=True)
class _Row:
    standing: Standing
    item: str
    part: str
    points: float
    reason: str


def dump_pending(book: Gradebook) -> bytes:
    """Write what a person has to mark as a CSV table, with the students' texts.

    Args:
        book: The gradebook.

    Returns:
        The file's bytes; the column ``points`` is to be filled in, ``of`` to be left alone.
    """
    return dump_table(COLUMNS, (_make_row(book, part) for part in list_pending(book)))


def _make_row(book: Gradebook, part: PendingPart) -> tuple[object, ...]:
    return (
        part.key,
        part.name,
        part.item,
        part.part,
        part.title,
        part.out_of,
        "",
        "",
        part.text,
        part.rationale,
        part.earlier,
        _identify(find_standing(book, part.key), part.item, part.part, part.out_of, part.text),
    )


def read_marks(book: Gradebook, content: bytes, author: str) -> SheetOutcome:
    """Add the points of a table that `dump_pending` wrote; every row is checked before one is added.

    Args:
        book: The gradebook.
        content: The table's bytes.
        author: Who marked.

    Returns:
        What became of the rows.

    Raises:
        UsageError: A row is wrong; all wrong rows are named, and nothing was added.
    """
    rows, blank, complaints = [], 0, []
    for number, cells in _read_rows(content):
        if not (cells["points"] or "").strip():
            blank += 1
            continue
        try:
            rows.append(_check_row(book, cells))
        except UsageError as error:
            complaints.append(f"line {number}: {error.message}")
    complaints += _find_twice(rows)
    if complaints:
        more = len(complaints) - MAX_COMPLAINTS
        shown = "\n  ".join(complaints[:MAX_COMPLAINTS] + ([f"and {more} more"] if more > 0 else []))
        raise UsageError(
            f"the table cannot be read in, nothing was added:\n  {shown}",
            hint="correct these rows, or export the table again and fill in the points",
        )
    recorded = 0
    with book.transaction():
        for row in rows:
            if not _is_known(book, row):
                set_mark(book, row.standing, row.item, row.part, row.points, author, row.reason)
                recorded += 1
    return SheetOutcome(recorded, len(rows) - recorded, blank)


def _read_rows(content: bytes) -> list[tuple[int, dict[str, str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"the table is no UTF-8: {error}", hint="save it as CSV UTF-8 from the spreadsheet"
        ) from error
    first = text.split("\n", 1)[0]
    separator = ";" if first.count(";") > first.count(",") else ","
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, restval="")
    missing = [name for name in _NEEDED if name not in (reader.fieldnames or ())]
    if missing:
        raise UsageError(
            f"the table lacks the columns {', '.join(missing)}",
            hint="export it again by hw4-grade marks --csv",
        )
    try:
        return [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise UsageError(f"the table is no CSV: line {reader.line_num}: {error}") from error


def _check_row(book: Gradebook, cells: dict[str, str]) -> _Row:
    standing = _find_student(book, cells["student"])
    item, part, text = cells["item"].strip(), cells["part"].strip(), cells["points"].strip()
    if standing.problem:
        raise UsageError(f"{standing.key}: {standing.problem}")
    entry = find_part(standing.read_result(), item, part)
    what = f"{standing.key}, {item}, {part}"
    if not entry["pending"]:
        raise UsageError(f"{what}: nothing is left to a person there")
    expected = _identify(standing, item, part, entry["pending"], entry["text"])
    if cells["of"].strip() != expected:
        raise UsageError(f"{what}: was exported for another upload or text than the one of today")
    try:
        points = float(text.replace(",", "."))
    except ValueError:
        raise UsageError(f"{what}: found {text!r}, expected points") from None
    check_points(points, float(entry["pending"]), what)
    return _Row(standing, item, part, points, (cells.get("reason") or "").strip())


def _find_student(book: Gradebook, cell: str) -> Standing:
    """Find a student by a cell in which a spreadsheet's apostrophe may stand before the key."""
    try:
        return find_standing(book, cell)
    except UsageError:
        if cell.startswith("'") and quote_cell(cell[1:]) == cell:
            return find_standing(book, cell[1:])
        raise


def _find_twice(rows: list[_Row]) -> list[str]:
    seen: dict[tuple[str, str, str], float] = {}
    complaints = []
    for row in rows:
        place = (row.standing.key, row.item, row.part)
        if place in seen:
            complaints.append(f"{', '.join(place)}: found two rows, expected one")
        seen[place] = row.points
    return complaints


def _is_known(book: Gradebook, row: _Row) -> bool:
    marks = [
        mark
        for mark in list_human_marks(book, row.standing.key)
        if (mark.item, mark.part) == (row.item, row.part) and mark.sha256 == row.standing.attempt.sha256
    ]
    return bool(marks) and (marks[-1].points, marks[-1].reason) == (row.points, row.reason)


def _identify(standing: Standing, item: str, part: str, out_of: float, text: str) -> str:
    """Digest what a row is a mark of, so that a table of yesterday cannot mark another text."""
    parts = (standing.attempt.sha256, item, part, f"{out_of:g}", text)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:12]
