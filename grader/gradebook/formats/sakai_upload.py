"""Write the zip that Sakai's "Upload All" takes: grades, comments, the PDF of every student."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.errors import UsageError
from grader.gradebook.formats.marks import (
    Notes,
    demand_reports,
    demand_sound,
    format_score,
    match_uploads,
    written_whole,
)
from grader.gradebook.formats.sakai_check import check_upload
from grader.gradebook.formats.sakai_comment import write_comment
from grader.gradebook.formats.sakai_download import FEEDBACK
from grader.gradebook.formats.sakai_grades import (
    FILE_NAME,
    SCORE_TYPE,
    fill_grades,
    read_grade_type,
    read_rows,
)
from grader.gradebook.formats.settling import say_names
from grader.gradebook.records import ClassDownload, Mark

TOP = "hw4"
COMMENTS = "comments.txt"
# Words by which Sakai takes any file whose path holds them for something of its own.
TAKEN_WORDS = ("comments", "timestamp", "feedbackText", "_submissionText", "grades.csv", "grades.xls")
_TIME = (1980, 1, 1, 0, 0, 0)
TICK = (
    'in Sakai\'s "Upload All" tick only "Grade file" (csv), "Feedback comments" and "Feedback attachments"; '
    'choose "Do not release" only if no grade of this assignment was released: it takes all of them back'
)


@dataclass(frozen=True, slots=True)
class _Folder:
    """What goes into one student's folder."""

    name: str
    feedback: str
    report_name: str
    mark: Mark
    comment: bytes


def write_sakai(marks: Sequence[Mark], download: ClassDownload | None, out: Path) -> Notes:
    """Write the zip for "Upload All", checked against all that makes Sakai reject or drop it.

    ``grades.csv`` keeps every byte of the download's but the grades; rows of students without a mark
    are dropped, so that Sakai keeps what it has for them.

    Args:
        marks: The marks.
        download: The download of Sakai that was graded, with its ``grades.csv``.
        out: The zip to write.

    Returns:
        Notes for whoever uploads it.

    Raises:
        UsageError: The download is missing, is not Sakai's, or has no grades in points.
        StaffError: The marks are unsound, or what was written would not be taken; nothing is left.
    """
    demand_sound(marks)
    demand_reports(marks)
    original = _demand_grades(download)
    assert download is not None
    uploads, notes = match_uploads(marks, download)
    rows = {row.id for row in read_rows(original)}
    grades: dict[str, str] = {}
    folders: list[_Folder] = []
    remarks: dict[str, list[str]] = {}
    for mark in marks:
        if mark.key in uploads:
            origin = uploads[mark.key].origin
        elif not download.handed_in and "id" in mark.origin:  # grades.csv alone, without the folders
            origin = mark.origin
        else:
            continue
        identity = origin.get("row", origin["id"])
        if identity not in rows:
            remarks.setdefault(f"not in {FILE_NAME}, so without a grade", []).append(mark.key)
            continue
        grades[identity] = format_score(mark.score)
        folder = _plan_folder(mark, origin)
        if folder is None:
            remarks.setdefault(
                "a grade only, as Sakai would take the id for something of its own", []
            ).append(mark.key)
            continue
        if mark.report is None:
            remarks.setdefault("no PDF", []).append(mark.key)
        folders.append(folder)
    if not grades:
        raise UsageError(
            f"found no mark of a student in the download's {FILE_NAME}",
            hint="is it the download that was graded?",
        )
    filled = fill_grades(original, grades)
    with written_whole(out) as temporary:
        _write_zip(temporary, filled, folders)
        comments = {folder.name: folder.comment for folder in folders if folder.comment}
        reports = {folder.name: folder.mark.report for folder in folders if folder.mark.report}
        check_upload(temporary, original, grades, comments, reports)
        size = temporary.stat().st_size
    dropped = len(rows) - len(grades)
    return (
        f"{len(grades)} grades, {len(comments)} comments, {len(reports)} PDFs, {size / 1e6:.1f} MB",
        *notes,
        *(f"{len(keys)} with {what}: {say_names(keys)}" for what, keys in remarks.items()),
        *(
            [f"{dropped} rows without a mark were left out: Sakai keeps what it has for them"]
            if dropped
            else []
        ),
        TICK,
    )


def _demand_grades(download: ClassDownload | None) -> bytes:
    if download is None or download.lms != "sakai":
        found = "no download" if download is None else f"one of {download.lms}"
        raise UsageError(
            f"export to Sakai: found {found}, expected the download of Sakai that was graded",
            hint="name it with --download",
        )
    content = download.files.get(FILE_NAME)
    if not content:
        raise UsageError(
            f"{download.path}: found no {FILE_NAME}, expected it beside the students' folders",
            hint='download again with "Grade file" ticked and the format csv',
        )
    kind = read_grade_type(content)
    if kind != SCORE_TYPE:
        raise UsageError(
            f"{FILE_NAME}: found grades of the type {kind or 'unknown'}, expected {SCORE_TYPE}",
            hint="set the assignment's grade scale in Sakai to points",
        )
    return content


def _plan_folder(mark: Mark, origin: Mapping[str, str]) -> _Folder | None:
    """Name a student's folder by the id alone: a name may hold a word that Sakai takes for its own."""
    identity = origin["id"]
    key = re.sub(r"[^A-Za-z0-9.@+-]", "_", mark.key)
    name = identity if origin["kind"] == "anonymous" else f"student({identity})"
    report_name = f"hw4_report_{key}.pdf"
    feedback = origin.get("feedback") or FEEDBACK
    words = f"{TOP}/{name}/{feedback}/{report_name}"
    harmful = any(word in words for word in TAKEN_WORDS) or "/." in words or "\\" in words
    ambiguous = origin["kind"] != "anonymous" and ("anonymous" in name or not identity.isprintable())
    if harmful or ambiguous or any(character in identity for character in "()/"):
        return None
    return _Folder(name, feedback, report_name, mark, write_comment(mark.comment))


def _write_zip(path: Path, grades: bytes, folders: Sequence[_Folder]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        _add(archive, f"{TOP}/{FILE_NAME}", grades)
        for folder in folders:
            if folder.comment:
                _add(archive, f"{TOP}/{folder.name}/{COMMENTS}", folder.comment)
            if folder.mark.report is not None:
                place = f"{TOP}/{folder.name}/{folder.feedback}/{folder.report_name}"
                _add(archive, place, folder.mark.report.read_bytes())


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system, entry.external_attr = 3, 0o644 << 16
    archive.writestr(entry, content)
