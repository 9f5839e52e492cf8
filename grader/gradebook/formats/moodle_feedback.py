"""Write what Moodle's offline grading takes: the worksheet, and a zip of the PDFs."""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

from grader.errors import UsageError
from grader.gradebook.formats.marks import (
    Notes,
    demand_reports,
    demand_sound,
    format_score,
    split_numbered,
    written_whole,
)
from grader.gradebook.formats.settling import say_names
from grader.gradebook.formats.tables import read_table, write_table
from grader.gradebook.records import ClassDownload, Mark

FILE_NAME = "worksheet.csv"
IDENTIFIER, GRADE, MODIFIED = "Identifier", "Grade", "Last modified (grade)"
MAXIMUM, COMMENTS, CHANGEABLE = "Maximum Grade", "Feedback comments", "Grade can be changed"
_PARTICIPANT = re.compile(r"Participant\s+(\d+)")


def is_moodle_table(header: Sequence[str]) -> bool:
    """Tell whether a table is an offline grading worksheet of Moodle.

    Examples:
        >>> is_moodle_table(["Identifier", "Full name", "Grade", "Last modified (grade)"])
        True
    """
    return {IDENTIFIER, GRADE, MODIFIED} <= set(header)


def write_moodle(marks: Sequence[Mark], download: ClassDownload | None, out: Path) -> Notes:
    """Write the worksheet, and beside it ``<name>-feedback.zip`` with the PDFs.

    Args:
        marks: The marks.
        download: The worksheet as Moodle exported it, or the submissions, or None.
        out: The CSV to write.

    Returns:
        Notes for whoever uploads them.

    Raises:
        UsageError: No mark has a participant's number, or the worksheet's maximum is another.
        StaffError: The marks are unsound.
    """
    demand_sound(marks)
    demand_reports(marks)
    numbered, unknown = split_numbered(marks)
    if not numbered:
        raise UsageError(
            f"export to Moodle: found no mark under a participant's number, but {unknown[0]!r}",
            hint="is it a class of Moodle? there a key is a number such as 12345",
        )
    exported = download.files.get(FILE_NAME) if download is not None else None
    rows, notes = _fill(read_table(exported), numbered) if exported else _make(numbered)
    if unknown:
        notes = (*notes, f"{len(unknown)} marks have no participant's number: {say_names(unknown)}")
    with written_whole(out) as temporary:
        temporary.write_text(write_table(rows), encoding="utf-8", newline="\n")
        _check_table(temporary, numbered)
    reports = {key: mark.report for key, mark in sorted(numbered.items()) if mark.report is not None}
    if not reports:
        return notes
    archive = out.with_name(f"{out.stem}-feedback.zip")
    with written_whole(archive) as temporary:
        _write_reports(temporary, reports)
    return (*notes, f'{len(reports)} PDFs in {archive.name}: "Upload multiple feedback files in a zip"')


def _say_comment(text: str) -> str:
    """Write a comment as HTML; it begins with a tag, so it is never a formula."""
    return "<p>" + html.escape(text, quote=False).replace("\n", "<br>") + "</p>" if text.strip() else ""


def _make(marks: dict[str, Mark]) -> tuple[list[list[str]], Notes]:
    header = [IDENTIFIER, "Full name", GRADE, MAXIMUM, MODIFIED, COMMENTS]
    rows = [
        [
            f"Participant {key}",
            mark.name,
            format_score(mark.score),
            format_score(mark.max_score),
            "-",
            _say_comment(mark.comment),
        ]
        for key, mark in sorted(marks.items())
    ]
    note = (
        f"{len(rows)} grades; without Moodle's worksheet, grades that are there already are skipped, unless "
        'updating records "that have been modified more recently" is allowed: give it with --download'
    )
    return [header, *rows], (note,)


def _fill(table: list[list[str]], marks: dict[str, Mark]) -> tuple[list[list[str]], Notes]:
    header = table[0]
    identifier, grade = header.index(IDENTIFIER), header.index(GRADE)
    rows, locked, found = [header], [], set()
    for line in table[1:]:
        cells = [*line, *[""] * (len(header) - len(line))]
        match = _PARTICIPANT.fullmatch(cells[identifier].strip())
        mark = marks.get(match[1]) if match else None
        if mark is None:
            continue
        found.add(mark.key)
        if CHANGEABLE in header and cells[header.index(CHANGEABLE)].strip().lower() == "no":
            locked.append(mark.key)
            continue
        if MAXIMUM in header:
            _check_maximum(cells[header.index(MAXIMUM)], mark)
        cells[grade] = format_score(mark.score)
        if COMMENTS in header:
            cells[header.index(COMMENTS)] = _say_comment(mark.comment)
        rows.append(cells)
    missing = sorted(set(marks) - found)
    notes = [f"{len(rows) - 1} grades in the worksheet"]
    if COMMENTS not in header:
        notes.append(f"the worksheet has no column {COMMENTS!r}: no comments go out; the PDFs hold them")
    if locked:
        notes.append(f"{len(locked)} grades cannot be changed in Moodle, left out: {say_names(locked)}")
    if missing:
        notes.append(f"{len(missing)} marks of participants whom the worksheet lacks: {say_names(missing)}")
    return rows, tuple(notes)


def _check_maximum(cell: str, mark: Mark) -> None:
    try:
        maximum = float(cell.replace(",", "."))
    except ValueError:
        return
    if maximum != mark.max_score:
        raise UsageError(
            f"worksheet: found a maximum grade of {maximum:g}, expected {mark.max_score:g} as in the rubric",
            hint="set the assignment's maximum grade in Moodle and export the worksheet again",
        )


def _check_table(path: Path, marks: dict[str, Mark]) -> None:
    """Read back what was written: every number must be the participant's."""
    header, *rows = read_table(path.read_bytes())
    for row in rows:
        match = _PARTICIPANT.fullmatch(row[header.index(IDENTIFIER)])
        if match is None or row[header.index(GRADE)] != format_score(marks[match[1]].score):
            raise AssertionError(f"{row[header.index(IDENTIFIER)]}: is not the mark")


def _write_reports(path: Path, reports: dict[str, Path]) -> None:
    """Write the PDFs under folders that Moodle splits at ``_``, so without names, which may hold one."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for key, report in reports.items():
            name = f"Participant_{key}_assignsubmission_file_/hw4_report_{key}.pdf"
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, report.read_bytes())
