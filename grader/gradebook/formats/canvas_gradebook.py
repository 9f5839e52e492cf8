"""Write the CSV that Canvas's gradebook imports."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from grader.errors import UsageError
from grader.gradebook.formats.marks import Notes, demand_sound, format_score, split_numbered, written_whole
from grader.gradebook.formats.settling import say_names
from grader.gradebook.formats.tables import read_table, write_table
from grader.gradebook.records import ClassDownload, Mark

FILE_NAME = "gradebook.csv"
TITLE = "Homework 4"
_STUDENT_COLUMNS = frozenset(
    (
        "Student",
        "LastName",
        "FirstName",
        "ID",
        "SIS User ID",
        "SIS Login ID",
        "Integration ID",
        "Root Account",
        "Section",
    )
)
_ASSIGNMENT = re.compile(r".*\(\d+\)", re.DOTALL)
_POINTS = "Points Possible"


def is_canvas_table(header: Sequence[str]) -> bool:
    """Tell whether a table is a gradebook that Canvas exported.

    Examples:
        >>> is_canvas_table(["Student", "ID", "SIS Login ID", "Section", "HW 4 (9)"])
        True
    """
    return "ID" in header and "Section" in header


def write_canvas(marks: Sequence[Mark], download: ClassDownload | None, out: Path, column: str = "") -> Notes:
    """Write a gradebook with the one column of this assignment, which Canvas imports.

    Canvas knows students by the number in ``ID``. The instructor's own export gives names, sections and
    the assignment's column; other assignments are left out, so that none is set back to an old state.

    Args:
        marks: The marks.
        download: The gradebook as Canvas exported it, or the submissions, or None.
        out: The CSV to write.
        column: The header of the assignment's column, where the export leaves a choice.

    Returns:
        Notes for whoever imports it.

    Raises:
        UsageError: Grading was anonymous, or the column cannot be told.
        StaffError: The marks are unsound.
    """
    demand_sound(marks)
    numbered, unknown = split_numbered(marks)
    if not numbered:
        raise UsageError(
            f"export to Canvas: found no mark under a user id of Canvas, such as 12345, but {unknown[0]!r}",
            hint="is it a class of Canvas? anonymous ids cannot be imported: grade after they are lifted",
        )
    exported = download.files.get(FILE_NAME) if download is not None else None
    if exported:
        rows, notes = _fill(read_table(exported), numbered, column)
    else:
        rows, notes = _make(numbered, column)
    if unknown:
        notes = (*notes, f"{len(unknown)} marks have no user id of Canvas: {say_names(unknown)}")
    with written_whole(out) as temporary:
        temporary.write_text("\ufeff" + write_table(rows), encoding="utf-8", newline="\n")
        _check(temporary, numbered)
    return notes


def _make(marks: dict[str, Mark], column: str) -> tuple[list[list[str]], Notes]:
    title = column or TITLE
    top = max(mark.max_score for mark in marks.values())
    header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", title]
    points = [f"    {_POINTS}", "", "", "", "", format_score(top)]
    rows = [[mark.name, key, "", "", "", format_score(mark.score)] for key, mark in sorted(marks.items())]
    note = f"{len(rows)} grades by ID under the column {title!r}"
    if not _ASSIGNMENT.fullmatch(title):
        note += (
            "; Canvas will ask which assignment it is, unless --column gives a header such as 'HW 4 (987654)'"
        )
    return [header, points, *rows], (note,)


def _fill(table: list[list[str]], marks: dict[str, Mark], column: str) -> tuple[list[list[str]], Notes]:
    header = table[0]
    place = _find_column(header, column)
    students = [index for index, name in enumerate(header) if name in _STUDENT_COLUMNS]
    identity = header.index("ID")
    rows, excused, found = [[*(header[index] for index in students), header[place]]], [], set()
    for line in table[1:]:
        cells = [*line, *[""] * (len(header) - len(line))]
        if cells[0].strip() == _POINTS:
            rows.append([*(cells[index] for index in students), cells[place]])
            _check_points(cells[place], marks)
        mark = marks.get(cells[identity].strip())
        if mark is None:
            continue
        found.add(mark.key)
        if cells[place].strip().upper() in ("EX", "N/A"):
            excused.append(mark.key)
            continue
        rows.append([*(cells[index] for index in students), format_score(mark.score)])
    missing = sorted(set(marks) - found)
    notes = [f"{len(found) - len(excused)} grades under the column {header[place]!r}"]
    if excused:
        notes.append(f"{len(excused)} are excused or not assigned in Canvas, left out: {say_names(excused)}")
    if missing:
        notes.append(f"{len(missing)} marks of users whom the gradebook does not have: {say_names(missing)}")
    return rows, tuple(notes)


def _find_column(header: Sequence[str], column: str) -> int:
    candidates = [index for index, name in enumerate(header) if _ASSIGNMENT.fullmatch(name.strip())]
    if column:
        matches = [index for index, name in enumerate(header) if name.strip() == column.strip()]
    else:
        matches = [
            index for index in candidates if re.search(r"(homework|hw)\s*0?4\b", header[index], re.IGNORECASE)
        ]
        matches = matches if matches or len(candidates) != 1 else candidates
    if len(matches) != 1:
        names = say_names(header[index] for index in candidates)
        raise UsageError(
            f"gradebook: found {len(matches)} columns for {column or TITLE!r}, expected one among: {names}",
            hint="give the whole header of the column with --column",
        )
    return matches[0]


def _check_points(cell: str, marks: dict[str, Mark]) -> None:
    try:
        possible = float(cell.replace(",", "."))
    except ValueError:
        return
    top = max(mark.max_score for mark in marks.values())
    if possible != top:
        raise UsageError(
            f"gradebook: found {possible:g} points possible, expected {top:g} as in the rubric",
            hint="set the assignment's points in Canvas, or pick another column with --column",
        )


def _check(path: Path, marks: dict[str, Mark]) -> None:
    """Read back what was written: every number must be the student's."""
    header, *rows = read_table(path.read_bytes())
    identity = header.index("ID")
    for row in rows:
        mark = marks.get(row[identity])
        if row[identity] and (mark is None or row[-1] != format_score(mark.score)):
            raise AssertionError(f"{row[identity]}: {row[-1]} is not the mark")
