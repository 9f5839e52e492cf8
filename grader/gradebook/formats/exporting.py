"""Write marks for an LMS, whatever LMS it is."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from grader.errors import UsageError
from grader.gradebook.formats import canvas_gradebook, moodle_feedback, sakai_grades
from grader.gradebook.formats.canvas_gradebook import write_canvas
from grader.gradebook.formats.gradescope_results import write_gradescope
from grader.gradebook.formats.marks import Notes, demand_decided
from grader.gradebook.formats.moodle_feedback import write_moodle
from grader.gradebook.formats.plain import write_csv, write_json
from grader.gradebook.formats.reading import read_class
from grader.gradebook.formats.sakai_upload import write_sakai
from grader.gradebook.formats.tables import read_table
from grader.gradebook.records import ClassDownload, Mark

Writer = Callable[[Sequence[Mark], ClassDownload | None, Path], Notes]
WRITERS: Mapping[str, Writer] = {
    "sakai": write_sakai,
    "canvas": write_canvas,
    "moodle": write_moodle,
    "gradescope": write_gradescope,
    "csv": write_csv,
    "json": write_json,
}
MAX_TABLE_BYTES = 50 << 20


def read_original(path: Path) -> ClassDownload:
    """Read what an export is based on: a download, or a table that the LMS exported.

    Args:
        path: The download that was graded, Canvas's gradebook, Moodle's worksheet, or Sakai's
            ``grades.csv``.

    Raises:
        UsageError: It is none of these.
    """
    if path.suffix.lower() != ".csv" or not path.is_file():
        return read_class(path)
    with path.open("rb") as stream:
        content = stream.read(MAX_TABLE_BYTES)
    if sakai_grades.is_grades_file(content[:4096]):
        return ClassDownload("sakai", path, (), files={sakai_grades.FILE_NAME: content})
    table = read_table(content)
    header = table[0] if table else []
    if moodle_feedback.is_moodle_table(header):
        return ClassDownload("moodle", path, (), files={moodle_feedback.FILE_NAME: content})
    if canvas_gradebook.is_canvas_table(header):
        return ClassDownload("canvas", path, (), files={canvas_gradebook.FILE_NAME: content})
    raise UsageError(
        f"{path}: found a table with the columns {', '.join(header)[:200]!r}",
        hint="expected Canvas's gradebook, Moodle's grading worksheet or Sakai's grades.csv, as exported",
    )


def export_marks(
    marks: Sequence[Mark],
    to: str,
    download: ClassDownload | None,
    out: Path,
    *,
    pending_as_is: bool = False,
    column: str = "",
) -> Notes:
    """Write marks for an LMS; the file is there whole, and checked, or not at all.

    Args:
        marks: The marks.
        to: A key of `WRITERS`.
        download: What the export is based on.
        out: The file to write.
        pending_as_is: Export marks to which a person still owes points, as they are.
        column: For Canvas, the header of the assignment's column.

    Returns:
        Notes for whoever uploads it.

    Raises:
        UsageError: A person still owes points, or the download does not fit.
        StaffError: The marks are unsound, or what was written would not be taken.

    Examples:
        >>> import tempfile
        >>> mark = Mark("jd123", "Doe, Jane", 86.5, 100.0, 0.0, "", None)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     export_marks([mark], "csv", None, Path(folder, "marks.csv"))
        ('1 marks',)
    """
    notes = demand_decided(marks, pending_as_is=pending_as_is)
    if download is not None and to in ("sakai", "canvas", "moodle") and download.lms != to:
        raise UsageError(
            f"{download.path}: found a download of {download.lms}, expected one of {to}",
            hint="name the download that belongs to the LMS with --download",
        )
    writer = functools.partial(write_canvas, column=column) if to == "canvas" else WRITERS[to]
    return (*notes, *writer(marks, download, out))
