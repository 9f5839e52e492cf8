"""Read a submission, in whatever shape it was handed in, as bytes and names."""

from __future__ import annotations

import contextlib
import io
import os
import re
import stat
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from grader.errors import UsageError
from grader.submission.archive import read_archive
from grader.submission.collecting import Collection, CollectionFullError, FileRefusedError, Reader
from grader.submission.files import Submission
from grader.submission.folder import read_folder, read_regular_file, say_kind
from grader.submission.limits import MAX_ARCHIVES
from grader.submission.names import clean_text, display_name, find_role, split_suffix

ATTACHMENTS = "submission attachment(s)"
_TIMESTAMP = "timestamp.txt"
# What Sakai and the staff put beside the attachments.
_SAKAI_FILES = frozenset((_TIMESTAMP, "comments.txt", "feedbacktext.html", "members.txt"))
_FEEDBACK = "feedback attachment(s)"
# How Sakai names a student's folder; nothing that a student can choose.
_STUDENT = re.compile(r"\([^()]+\)$| anonymous$")


def read_submission(path: str | Path) -> Submission:
    """Read what a student handed in, as bytes and names; nothing is parsed but zip directories.

    A folder may hold anything, in folders of its own, also as a student's folder of Sakai's "Download
    All". Zip archives are unpacked in memory, and noted; archives within them stay closed.

    Args:
        path: A folder, a ``.py``, ``.ipynb``, ``.pdf`` or ``.zip`` file, or an ``answers.toml``.

    Returns:
        The submission. What was refused is told in its notes; one without any code is still one.

    Raises:
        UsageError: There is no such path, it cannot be read, or it is nothing a student hands in.
    """
    path = Path(path)
    collection = Collection()
    status = _status(path)
    try:
        if stat.S_ISDIR(status.st_mode):
            _gather_folder(path, collection)
        else:
            _gather_file(path, status, collection)
    except CollectionFullError as full:
        collection.note(str(full))
    submitted_at = _take_sakai_files(path, collection)
    _demand_one_submission(path, collection)
    return _finish(_say_name(path), path, collection, submitted_at)


def read_entries(
    name: str,
    path: Path,
    entries: Iterable[tuple[tuple[str, ...], int, Reader]],
    *,
    submitted_at: datetime | None = None,
    notes: Iterable[str] = (),
) -> Submission:
    """Read one student's files out of a larger whole, within the same bounds as `read_submission`.

    Args:
        name: The submission's name.
        path: What they are read from.
        entries: Each file's path within the submission, its announced size, and what reads at most so
            many bytes of it.
        submitted_at: When it was handed in.
        notes: What the reader of the result should know besides.

    Examples:
        >>> reader = io.BytesIO(b"x = 1").read
        >>> submission = read_entries("jd123", Path("class.zip"), [(("lab1.py",), 5, reader)])
        >>> [file.name for file in submission.files]
        ['lab1.py']
    """
    collection = Collection()
    for note in notes:
        collection.note(note)
    try:
        for parts, size, read in entries:
            collection.count_entry()
            collection.add(parts, size, read)
    except CollectionFullError as full:
        collection.note(str(full))
    return _finish(display_name(name), path, collection, submitted_at)


def _finish(name: str, path: Path, collection: Collection, submitted_at: datetime | None) -> Submission:
    zips = _open_archives(collection)
    files, notes = collection.finish()
    if not any(file.role in ("code", "notebook") for file in files):
        found = ", ".join(file.display_name for file in files[:5]) + (", …" if len(files) > 5 else "")
        notes = (
            *notes,
            f"found no code (expected a .py or .ipynb file); found {found or 'nothing that was read'}",
        )
    return Submission(name, path, files, notes, zips, submitted_at)


def read_files(name: str, contents: Mapping[str, bytes]) -> Submission:
    """Make a submission of files that are in memory.

    Args:
        name: The submission's name.
        contents: The files' bytes by name.

    Examples:
        >>> [file.role for file in read_files("reference", {"lab1.py": b"", "answers.toml": b""}).files]
        ['answers', 'code']
    """
    collection = Collection()
    for file, content in contents.items():
        collection.add(tuple(file.split("/")), len(content), io.BytesIO(content).read)
    files, notes = collection.finish()
    return Submission(display_name(name), Path(name), files, notes)


def _say_name(path: Path) -> str:
    name = path.name if path.name not in ("", "..") else path.resolve().name
    if name.lower() == ATTACHMENTS:
        name = path.resolve().parent.name
    return display_name(os.fsencode(name).decode("utf-8", "backslashreplace"))


def _status(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except FileNotFoundError:
        hint = "the link leads nowhere" if path.is_symlink() else "check the path"
        raise UsageError(f"{_shown(path)}: no such file or folder", hint=hint) from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{_shown(path)}: cannot be read ({_say(error)})", hint="check the path") from None


def _shown(path: Path) -> str:
    return clean_text(os.fsencode(path).decode("utf-8", "backslashreplace"))


def _say(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _gather_folder(path: Path, collection: Collection) -> None:
    try:
        read_folder(path, collection)
    except OSError as error:
        hint = "check the folder's permissions"
        raise UsageError(f"{_shown(path)}: the folder cannot be read ({_say(error)})", hint=hint) from None


def _gather_file(path: Path, status: os.stat_result, collection: Collection) -> None:
    expected = "expected a folder, or a .py, .ipynb, .pdf or .zip file"
    shown = _shown(path)
    if path.is_symlink() or not stat.S_ISREG(status.st_mode):
        kind = say_kind(path.lstat().st_mode)
        raise UsageError(f"{shown}: is {kind}, {expected}", hint="name the file itself")
    name = path.name
    role = find_role((name,))
    if role in ("other", "results") or (role == "archive" and split_suffix(name)[1] != ".zip"):
        raise UsageError(f"{shown}: is no submission, {expected}", hint="name the folder that holds it")
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        hint = "check the file's permissions"
        raise UsageError(f"{shown}: cannot be read ({_say(error)})", hint=hint) from None
    collection.add((name,), status.st_size, lambda limit: read_regular_file(path, limit))


def _take_sakai_files(path: Path, collection: Collection) -> datetime | None:
    """Take away what Sakai put beside the attachments; return the time it tells.

    A ``timestamp.txt`` among the attachments, or in a folder that Sakai did not name, is the student's
    own and tells nothing.
    """
    timestamps: list[bytes] = []
    students = _find_student_folders(collection)
    if path.name.lower() == ATTACHMENTS:
        with contextlib.suppress(OSError, FileRefusedError):
            timestamps.append(read_regular_file(path.parent / _TIMESTAMP, 100))
    elif not students and _TIMESTAMP in collection.contents and _STUDENT.search(path.resolve().name):
        timestamps.append(collection.contents.pop(_TIMESTAMP))
    for name in list(collection.contents):
        folder, _, last = name.rpartition("/")
        if folder in students and last.lower() == _TIMESTAMP:
            timestamps.append(collection.contents[name])
        if (folder in students and _is_sakais(last.lower())) or _FEEDBACK in folder.lower().split("/"):
            del collection.contents[name]
    times = [time for time in map(read_timestamp, timestamps) if time is not None]
    if timestamps and not times:
        collection.note(f"{_TIMESTAMP}: found no time in it, expected such as 2020-10-15T23:41:12Z")
    return min(times, default=None)


def _find_student_folders(collection: Collection) -> set[str]:
    """Return the folders that hold a folder of attachments, outermost only."""
    students = set()
    for name in collection.contents:
        folders = name.split("/")[:-1]
        lower = [folder.lower() for folder in folders]
        if ATTACHMENTS in lower:
            students.add("/".join(folders[: lower.index(ATTACHMENTS)]))
    return students


def _is_sakais(name: str) -> bool:
    return name in _SAKAI_FILES or name.endswith("_submissiontext.html")


def read_timestamp(content: bytes) -> datetime | None:
    """Read the time in Sakai's ``timestamp.txt``, in the form of today or of Sakai 11 and older.

    Args:
        content: The bytes of the file.

    Returns:
        The time, in UTC; None when it is no time.

    Examples:
        >>> read_timestamp(b"2020-10-30T03:41:12.123Z").isoformat()
        '2020-10-30T03:41:12.123000+00:00'
        >>> read_timestamp(b"20201030034112123").isoformat()
        '2020-10-30T03:41:12.123000+00:00'
        >>> read_timestamp(b"yesterday") is None
        True
    """
    text = content[:100].decode("ascii", "replace").strip().lstrip("\ufeff")
    try:
        if len(text) == 17 and text.isdigit():
            return datetime.strptime(text + "000", "%Y%m%d%H%M%S%f").replace(tzinfo=UTC)
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _demand_one_submission(path: Path, collection: Collection) -> None:
    students = sorted(_find_student_folders(collection))
    if len(students) > 1 and path.name.lower() != ATTACHMENTS:
        raise UsageError(
            f"{_shown(path)}: holds {len(students)} submissions, expected one",
            hint=f"name one student's folder, such as {display_name(students[0])}",
        )


def _open_archives(collection: Collection) -> tuple[str, ...]:
    """Replace every zip archive by what is in it; return the archives as names to show."""
    found = sorted(name for name in collection.contents if split_suffix(name)[1] == ".zip")
    for name in sorted(collection.contents):
        if name not in found and find_role((name,)) == "archive":
            collection.note(f"{display_name(name)}: not opened, of archives only .zip is")
    for number, name in enumerate(found):
        shown = display_name(name.rpartition("/")[2])
        if number >= MAX_ARCHIVES:
            collection.note(f"{shown}: not opened, {MAX_ARCHIVES} archives were opened before")
            continue
        collection.note(f"{shown}: a zip file was handed in")
        before = set(collection.contents)
        try:
            read_archive(collection.contents[name], tuple(name.split("/")), shown, collection)
        except CollectionFullError as full:
            collection.note(f"{shown}: {full}")
        for inner in sorted(set(collection.contents) - before):
            if find_role((inner,)) == "archive":
                collection.note(f"{display_name(inner)}: an archive within an archive; not opened")
    return tuple(display_name(name) for name in found)
