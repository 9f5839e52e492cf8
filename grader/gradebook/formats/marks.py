"""Marks on their way out: decided, unique, and written the way every LMS reads them."""

from __future__ import annotations

import contextlib
import math
import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from grader.errors import StaffError, UsageError
from grader.gradebook.formats.settling import say_names
from grader.gradebook.records import ClassDownload, HandedIn, Mark

Notes = tuple[str, ...]


def format_score(score: float) -> str:
    """Write points with two decimals, halves rounded up, a point, no sign and no thousands mark.

    Examples:
        >>> format_score(86.5), format_score(86.335), format_score(0), format_score(99.999)
        ('86.50', '86.34', '0.00', '100.00')
    """
    return str(Decimal(repr(float(score))).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))


def demand_decided(marks: Sequence[Mark], *, pending_as_is: bool = False) -> Notes:
    """Refuse marks to which a person still owes points.

    Args:
        marks: The marks.
        pending_as_is: Export them as they are; the points owed count as none.

    Returns:
        Notes: whose marks go out incomplete.

    Raises:
        UsageError: Some are pending.
    """
    pending = [mark for mark in marks if mark.pending > 0]
    if not pending:
        return ()
    names = say_names(mark.key for mark in pending)
    if not pending_as_is:
        points = sum(mark.pending for mark in pending)
        raise UsageError(
            f"{len(pending)} of {len(marks)} marks are not complete: {points:g} points are still to be "
            f"marked by a person ({names})",
            hint="enter these marks, or export with --pending-as-is, which counts them as 0",
        )
    return (f"{len(pending)} marks went out although points are still to be marked by a person: {names}",)


def split_numbered(marks: Sequence[Mark]) -> tuple[dict[str, Mark], list[str]]:
    """Split marks by whether their key is a number, as Canvas's and Moodle's are.

    Args:
        marks: The marks.

    Returns:
        The marks under a number, by key; the other keys.

    Examples:
        >>> split_numbered([Mark("anon7", "", 1.0, 100.0, 0.0, "", None)])
        ({}, ['anon7'])
    """
    numbered = {mark.key: mark for mark in marks if mark.key.isascii() and mark.key.isdigit()}
    return numbered, [mark.key for mark in marks if mark.key not in numbered]


def demand_sound(marks: Sequence[Mark]) -> None:
    """Refuse marks that no LMS may get: twice the same student, or a score that is none.

    Raises:
        StaffError: There are such.
        UsageError: There are no marks at all.
    """
    if not marks:
        raise UsageError(
            "found no marks, expected at least one", hint="grade submissions into the book first"
        )
    twice = sorted(key for key, count in Counter(mark.key for mark in marks).items() if count > 1)
    if twice:
        raise StaffError(f"marks: found two for {say_names(twice)}, expected one per student")
    wrong = [
        mark.key for mark in marks if not (math.isfinite(mark.score) and 0 <= mark.score <= mark.max_score)
    ]
    if wrong:
        raise StaffError(f"marks: found no score from 0 to the maximum for {say_names(wrong)}")


def demand_reports(marks: Sequence[Mark]) -> None:
    """Refuse marks whose PDF is not where the book says.

    Raises:
        StaffError: A PDF is missing.
    """
    missing = [mark.key for mark in marks if mark.report is not None and not mark.report.is_file()]
    if missing:
        raise StaffError(
            f"marks: the PDFs of {say_names(missing)} are gone",
            hint="grade these again, which writes them anew",
        )


def match_uploads(marks: Sequence[Mark], download: ClassDownload) -> tuple[dict[str, HandedIn], Notes]:
    """Match marks with the uploads of a download, and name what has no counterpart.

    Args:
        marks: The marks.
        download: What the LMS handed out.

    Returns:
        The upload by key of the mark, and notes.
    """
    uploads = {upload.key: upload for upload in download.handed_in}
    known = {mark.key: uploads[mark.key] for mark in marks if mark.key in uploads}
    unknown = sorted({mark.key for mark in marks} - set(known)) if uploads else []
    unmarked = sorted(set(uploads) - set(known))
    notes = []
    if unknown:
        notes.append(
            f"{len(unknown)} marks of students that the download does not have: {say_names(unknown)}"
        )
    if unmarked:
        notes.append(f"{len(unmarked)} uploads of the download have no mark: {say_names(unmarked)}")
    return known, tuple(notes)


@contextlib.contextmanager
def written_whole(out: Path) -> Iterator[Path]:
    """Give a file to write, which takes the place of ``out`` only when nothing was raised.

    Args:
        out: The file that is to be there in the end.

    Yields:
        A file in the same folder.

    Raises:
        UsageError: The folder cannot be written, or the disk is full.
    """
    temporary = None
    try:
        descriptor, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
        os.close(descriptor)
        temporary = Path(name)
        yield temporary
        with temporary.open("rb+") as stream:
            os.fsync(stream.fileno())
        temporary.chmod(0o644)
        temporary.replace(out)
    except OSError as error:
        raise UsageError(
            f"{out}: cannot be written: {error.strerror or error}",
            hint="name a file in a folder that can be written and has space",
        ) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()
