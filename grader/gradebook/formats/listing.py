"""What a download holds, by name: nothing is read or unpacked until a student is graded."""

from __future__ import annotations

import functools
import mmap
import os
import stat
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from grader.errors import UsageError
from grader.submission import Submission, read_entries
from grader.submission.archive import (
    DAMAGE,
    ENTRY_SIGNATURE,
    make_entry_reader,
    say_damage,
    split_entry_name,
)
from grader.submission.collecting import FileRefusedError
from grader.submission.folder import read_regular_file
from grader.submission.names import clean_text, display_name

Parts = tuple[str, ...]

# A class of 10,000 with ten files each; the directory of a zip is held in memory as a whole.
MAX_CLASS_ENTRIES = 200_000
# The LMS's own folders above the student's, whose depth is bounded again when they are read.
MAX_WALK_DEPTH = 16
_LITTER_FILES = frozenset((".ds_store", "thumbs.db", "desktop.ini"))


@dataclass(frozen=True, slots=True)
class FolderFile:
    """A file that lies in a folder.

    Attributes:
        path: Where it lies.
    """

    path: Path

    def __call__(self, limit: int) -> bytes:
        """Read at most ``limit`` bytes; links, pipes and devices are refused."""
        return read_regular_file(self.path, limit)


@dataclass(frozen=True, slots=True)
class ZipMember:
    """A file within a zip; a reader of it can be handed to another process.

    Attributes:
        path: The zip.
        stamp: When the zip was changed last, and its size: another zip of this name is refused.
        index: Its place in the zip's directory.
    """

    path: Path
    stamp: tuple[int, int]
    index: int

    def __call__(self, limit: int) -> bytes:
        """Read at most ``limit`` bytes; encrypted entries, links and bombs are refused."""
        if _stamp(self.path) != self.stamp:
            raise FileRefusedError("cannot be read: the zip was changed since it was listed")
        archive = _open_zip(self.path, self.stamp, os.getpid())
        return make_entry_reader(archive, archive.infolist()[self.index])(limit)


@dataclass(frozen=True, slots=True)
class Listed:
    """A file of a download.

    Attributes:
        parts: Its path within the download.
        size: Its announced number of bytes.
        read: Reads at most so many bytes; raises `FileRefusedError` or OSError.
    """

    parts: Parts
    size: int
    read: Callable[[int], bytes]

    @property
    def name(self) -> str:
        """The last part."""
        return self.parts[-1]

    def peek(self, limit: int) -> bytes:
        """Read the beginning; empty where it is refused."""
        try:
            return self.read(limit)
        except (FileRefusedError, OSError):
            return b""


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything that a download holds.

    Attributes:
        path: The zip or folder.
        zipped: Whether it is a zip.
        files: Its files, by path.
        folders: Its folders, also empty ones.
        notes: What was refused already by its name.
    """

    path: Path
    zipped: bool
    files: tuple[Listed, ...]
    folders: frozenset[Parts]
    notes: tuple[str, ...] = ()

    def below(self, folder: Parts) -> Iterator[Listed]:
        """Yield the files anywhere within a folder."""
        return (file for file in self.files if file.parts[: len(folder)] == folder)


@dataclass(frozen=True, slots=True)
class StudentReader:
    """Reads one student's files out of a download.

    Attributes:
        name: The submission's name.
        path: The download.
        entries: The files, each with its path within the submission.
        submitted_at: When they were handed in.
        notes: What the reader of the result should know besides.
    """

    name: str
    path: Path
    entries: tuple[tuple[Parts, Listed], ...]
    submitted_at: datetime | None = None
    notes: tuple[str, ...] = ()

    def __call__(self) -> Submission:
        """Read the files now."""
        return read_entries(
            self.name,
            self.path,
            ((parts, file.size, file.read) for parts, file in self.entries),
            submitted_at=self.submitted_at,
            notes=self.notes,
        )


def list_folder(path: Path) -> Listing:
    """List a folder; its own name is the first part of every path.

    Links are listed as files, and refused when they are read.

    Args:
        path: The folder.

    Raises:
        UsageError: It cannot be read, or holds more than a class.
    """
    files: list[Listed] = []
    folders: set[Parts] = set()
    notes: list[str] = []
    top = path.resolve().name
    waiting: list[tuple[Path, Parts]] = [(path, (top,))]
    while waiting:
        folder, above = waiting.pop()
        folders.add(above)
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            if above == (top,):
                raise UsageError(
                    f"{_shown(path)}: the folder cannot be read ({error.strerror})",
                    hint="check the folder's permissions",
                ) from None
            notes.append(f"{display_name('/'.join(above))}/: the folder cannot be read ({error.strerror})")
            continue
        for entry in entries:
            parts = (*above, entry.name)
            if is_litter(parts):
                continue
            if entry.is_dir(follow_symlinks=False):
                if len(parts) <= MAX_WALK_DEPTH:
                    waiting.append((Path(entry.path), parts))
                continue
            files.append(Listed(parts, _size(entry), FolderFile(Path(entry.path))))
        if len(files) + len(folders) > MAX_CLASS_ENTRIES:
            raise UsageError(
                f"{_shown(path)}: holds more than {MAX_CLASS_ENTRIES} files, expected a class's submissions",
                hint="name the folder that holds the submissions",
            )
    return Listing(path, False, tuple(_by_path(files)), frozenset(folders), tuple(notes))  # noqa: FBT003


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_size
    except OSError:
        return 0


def list_zip(path: Path) -> Listing | None:
    """List a zip; None where it is none that can be opened.

    Args:
        path: The zip.

    Raises:
        UsageError: It has more entries than a class's.
    """
    if not path.stat().st_size or not stat.S_ISREG(path.stat().st_mode):
        return None
    stamp = _stamp(path)
    try:
        with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            crowded = _count_up_to(content, ENTRY_SIGNATURE, MAX_CLASS_ENTRIES) > MAX_CLASS_ENTRIES
        if crowded:
            raise UsageError(
                f"{_shown(path)}: has more than {MAX_CLASS_ENTRIES} entries, expected a class's submissions",
                hint="is this the zip that the LMS wrote?",
            )
        archive = _open_zip(path, stamp, os.getpid())
    except DAMAGE:
        return None
    latest: dict[Parts, Listed] = {}
    folders: set[Parts] = set()
    notes: list[str] = []
    for index, entry in enumerate(archive.infolist()):
        if entry.filename.endswith("/"):
            folders.add(tuple(part for part in entry.filename.split("/") if part not in ("", ".", "..")))
            continue
        try:
            parts = split_entry_name(entry)
        except FileRefusedError as refusal:
            notes.append(f"{display_name(entry.filename)}: {refusal}")
            continue
        if not parts or is_litter(parts):
            continue
        if parts in latest:
            notes.append(f"{display_name('/'.join(parts))}: is in the zip twice; the last one is read")
        latest[parts] = Listed(parts, entry.file_size, ZipMember(path, stamp, index))
        folders.update(parts[:depth] for depth in range(1, len(parts)))
    return Listing(path, True, tuple(_by_path(latest.values())), frozenset(folders), tuple(notes))  # noqa: FBT003


def _by_path(files: Iterable[Listed]) -> list[Listed]:
    return sorted(files, key=lambda file: file.parts)


def _count_up_to(content: mmap.mmap, word: bytes, limit: int) -> int:
    count, at = 0, content.find(word)
    while at >= 0 and count <= limit:
        count += 1
        at = content.find(word, at + len(word))
    return count


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size


@functools.lru_cache(maxsize=4)
def _open_zip(path: Path, _of: tuple[int, int], _process: int) -> zipfile.ZipFile:
    """Open a zip once per process: its directory is long, and a file position must not be shared."""
    try:
        return zipfile.ZipFile(path)
    except DAMAGE as error:
        raise OSError(f"{path}: {say_damage(error)}") from error


def is_litter(parts: Sequence[str]) -> bool:
    """Tell whether a path is what an operating system added to a download.

    Examples:
        >>> is_litter(("__MACOSX", "hw4", "._lab1.py")), is_litter(("hw4", "lab1.py"))
        (True, False)
    """
    last = parts[-1].lower()
    return parts[0] == "__MACOSX" or last in _LITTER_FILES or last.startswith("._")


def to_text(name: str) -> str:
    r"""Make a name that a file system gave text that can be written anywhere.

    Examples:
        >>> to_text("caf\udce9"), to_text("a\nb")
        ('caf\\xe9', 'a�b')
    """
    return clean_text(name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace"))


def _shown(path: Path) -> str:
    return to_text(os.fspath(path))
