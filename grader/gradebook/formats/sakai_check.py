"""Read the zip for Sakai back and find everything that Sakai would reject, ignore or take wrongly."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from grader.errors import StaffError
from grader.gradebook.formats.sakai_grades import (
    FILE_NAME,
    ID,
    PREAMBLE,
    decode,
    encode,
    find_grade_column,
    split_file,
)

_GRADE = re.compile(r"\d{1,7}(?:\.\d{1,2})?")
_TAKEN = ("timestamp", "feedbackText", "_submissionText", "grades.csv", "grades.xls")
MAX_COMPLAINTS = 5


def check_upload(
    path: Path,
    original: bytes,
    grades: Mapping[str, str],
    comments: Mapping[str, bytes],
    reports: Mapping[str, Path],
) -> None:
    """Demand that Sakai takes a zip whole, and every grade, comment and PDF to the right student.

    Args:
        path: The zip.
        original: ``grades.csv`` as Sakai wrote it.
        grades: The grade by id that it must hold, and no other.
        comments: The comment by folder.
        reports: The PDF by folder.

    Raises:
        StaffError: It would not be.
    """
    complaints: list[str] = []
    with zipfile.ZipFile(path) as archive:
        if broken := archive.testzip():
            complaints.append(f"{broken}: does not unpack")
        else:
            complaints += _check_names(archive.namelist())
            complaints += _check_grades(archive, original, grades)
            complaints += _check_folders(archive, comments, reports)
    if complaints:
        shown = "\n  ".join(complaints[:MAX_COMPLAINTS])
        raise StaffError(
            f"the zip for Sakai would not be taken as it was written; nothing is left of it:\n  {shown}",
            hint="this is a fault of the exporter; use --to csv meanwhile",
        )


def _check_names(names: list[str]) -> Iterator[str]:
    tops = {name.split("/")[0] for name in names}
    if len(tops) != 1:
        yield f"found {len(tops)} folders at the top, expected one"
    if len(set(names)) != len(names):
        yield "a name is there twice"
    for name in names:
        parts = name.split("/")
        if len(parts) == 2 and parts[1] == FILE_NAME:
            continue
        if len(parts) < 3 or "" in parts:
            yield f"{name}: only {FILE_NAME} may stand beside the students' folders"
        elif "/." in name or "\\" in name:
            yield f"{name}: is skipped"
        elif any(word in name for word in _TAKEN):
            yield f"{name}: is taken for a file of Sakai's own"
        elif len(parts) == 3 and parts[2] != "comments.txt":
            yield f"{name}: is ignored"
        elif "comments" in name.removesuffix("/comments.txt"):
            yield f"{name}: is taken for a comment"


def _check_grades(archive: zipfile.ZipFile, original: bytes, grades: Mapping[str, str]) -> Iterator[str]:
    names = [name for name in archive.namelist() if name.endswith(FILE_NAME)]
    if len(names) != 1:
        yield f"found {len(names)} files {FILE_NAME}, expected one"
        return
    content = archive.read(names[0])
    written, before = split_file(content), split_file(original)
    column = find_grade_column(before)
    if len(written) < PREAMBLE or find_grade_column(written) != column:
        yield "the first three lines are not the original's"
        return
    old, new = decode(original), decode(content)
    head = len(new) if len(written) == PREAMBLE else written[PREAMBLE].start
    if not original.startswith(encode(new[:head])):
        yield "the first three lines are not the original's"
    rows = {record.fields[ID].value: record for record in before[PREAMBLE:] if len(record.fields) > column}
    found: dict[str, str] = {}
    for record in written[PREAMBLE:]:
        identity, cell = record.fields[ID].value, record.fields[column]
        found[identity] = cell.value
        source = rows.get(identity)
        if source is None:
            yield f"{identity}: a row that the original lacks"
            continue
        place = source.fields[column]
        same = new[record.start : cell.start] == old[source.start : place.start]
        if not same or new[cell.end : record.end] != old[place.end : source.end]:
            yield f"{identity}: more than the grade differs from the original"
        if not _GRADE.fullmatch(cell.value):
            yield f"{identity}: found the grade {cell.value!r}; one such grade and Sakai refuses all"
    if found != dict(grades) or len(written) - PREAMBLE != len(grades):
        yield "the grades are not those of the marks"


def _check_folders(
    archive: zipfile.ZipFile, comments: Mapping[str, bytes], reports: Mapping[str, Path]
) -> Iterator[str]:
    found_comments: dict[str, bytes] = {}
    found_reports: set[str] = set()
    for name in archive.namelist():
        parts = name.split("/")
        if len(parts) < 3:
            continue
        content = archive.read(name)
        if parts[2] == "comments.txt" and len(parts) == 3:
            found_comments[parts[1]] = content
            if not content.isascii() or b"<" in content or b">" in content or not content.strip():
                yield f"{name}: is blank, not ASCII, or has angle brackets"
        elif len(parts) == 4 and parts[3].endswith(".pdf") and content.startswith(b"%PDF-"):
            found_reports.add(parts[1])
            source = reports.get(parts[1])
            if source is None or source.read_bytes() != content:
                yield f"{name}: is not the student's PDF"
        else:
            yield f"{name}: is neither a comment nor a PDF"
    if found_comments != dict(comments):
        yield "the comments are not those of the marks"
    if found_reports != set(reports):
        yield "the PDFs are not those of the marks"
