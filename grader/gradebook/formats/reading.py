"""Read what an LMS hands out, whatever LMS it was."""

from __future__ import annotations

from pathlib import Path

from grader.gradebook.formats.canvas_download import read_canvas
from grader.gradebook.formats.gradescope_download import read_gradescope
from grader.gradebook.formats.listing import Listing, list_folder, list_zip
from grader.gradebook.formats.loose import read_loose, read_single
from grader.gradebook.formats.moodle_download import read_moodle
from grader.gradebook.formats.sakai_download import read_sakai
from grader.gradebook.records import ClassDownload
from grader.submission import read_submission

_RECOGNIZERS = (read_gradescope, read_sakai, read_moodle, read_canvas)


def read_class(path: Path) -> ClassDownload:
    """List the uploads that a path holds: a download of an LMS, a folder of submissions, or one.

    What it is shows in its content: the files and folders that an LMS writes. Nothing is unpacked, and
    no file of a student is read until `HandedIn.read` is called; one student's bad entry costs that
    student a file, never the class. The first note says what it was taken for.

    Args:
        path: A zip, a folder, or a single file.

    Returns:
        The uploads by key, with the files that an export is based on.

    Raises:
        UsageError: There is no such path, it cannot be read, or it holds several downloads.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for eid in ("jd123", "rs45"):
        ...         student = Path(folder, "Homework 4", f"Doe, Jane({eid})")
        ...         (student / "Submission attachment(s)").mkdir(parents=True)
        ...         _ = (student / "timestamp.txt").write_text("2020-10-15T23:41:12Z")
        ...         _ = (student / "Submission attachment(s)" / "lab1.py").write_text("x = 1")
        ...     download = read_class(Path(folder))
        >>> download.lms, [upload.key for upload in download.handed_in]
        ('sakai', ['jd123', 'rs45'])
    """
    path = Path(path)
    listing = _list(path)
    if listing is None:
        return read_single(path)
    for recognize in _RECOGNIZERS:
        if found := recognize(listing):
            return found
    return read_loose(listing)


def _list(path: Path) -> Listing | None:
    """List a folder or a zip; None for any other file and for a zip that cannot be opened."""
    try:
        is_folder, is_zip = path.is_dir(), path.suffix.lower() == ".zip"
        path.stat()
    except (OSError, ValueError):
        read_submission(path)  # raises with the reason
        raise
    if is_folder:
        return list_folder(path)
    return list_zip(path) if is_zip else None
