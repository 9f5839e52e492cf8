"""Read files and folders without ever following a link or waiting for a pipe."""

from __future__ import annotations

import contextlib
import functools
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from grader.submission.collecting import Collection, FileRefusedError
from grader.submission.limits import MAX_DEPTH
from grader.submission.names import display_name, is_junk

# A FIFO opened for reading would wait for a writer, a terminal would become ours, a link leads out.
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC

_KINDS = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}


def say_kind(mode: int) -> str:
    """Say in words what a mode of ``stat`` means.

    Examples:
        >>> say_kind(stat.S_IFIFO | 0o600), say_kind(stat.S_IFREG)
        ('a named pipe', 'a file')
    """
    return _KINDS.get(stat.S_IFMT(mode), "a file")


def read_regular_file(name: str | Path, limit: int, folder_descriptor: int | None = None) -> bytes:
    """Read at most ``limit`` bytes of a regular file.

    Args:
        name: The file's name.
        limit: The most bytes to read.
        folder_descriptor: The open folder that ``name`` is relative to.

    Raises:
        FileRefusedError: It is no regular file.
        OSError: It cannot be opened or read.
    """
    mode = os.lstat(name, dir_fd=folder_descriptor).st_mode
    if not stat.S_ISREG(mode):
        raise FileRefusedError(f"is {say_kind(mode)}, not a file; not read")
    descriptor = os.open(name, _FLAGS, dir_fd=folder_descriptor)
    with open(descriptor, "rb", buffering=0) as file:  # noqa: PTH123  # a descriptor has no path
        # It may have been exchanged since.
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise FileRefusedError(f"is {say_kind(mode)}, not a file; not read")
        pieces = []
        while limit > 0 and (piece := file.read(min(limit, 1 << 20))):
            pieces.append(piece)
            limit -= len(piece)
    return b"".join(pieces)


def read_folder(path: Path, collection: Collection) -> None:
    """Gather the files of a folder and of the folders in it.

    Args:
        path: The folder.
        collection: Where the files go.

    Raises:
        OSError: The folder itself cannot be read.
        CollectionFullError: There are too many entries.
    """
    with _opened(os.fspath(path), None) as descriptor:
        _read_level(descriptor, (), collection)


@contextlib.contextmanager
def _opened(name: str, parent: int | None) -> Iterator[int]:
    flags = _FLAGS | os.O_DIRECTORY
    if parent is None:
        flags &= ~os.O_NOFOLLOW  # the caller's own path may lead through a link
    descriptor = os.open(name, flags, dir_fd=parent)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _read_level(descriptor: int, above: tuple[str, ...], collection: Collection) -> None:
    names = []
    with os.scandir(descriptor) as entries:
        for entry in entries:
            collection.count_entry()
            names.append(entry.name)
    if "pyvenv.cfg" in names:
        return  # a virtual environment
    folders = []
    for name in sorted(names):
        parts = (*above, name)
        try:
            status = os.lstat(name, dir_fd=descriptor)
        except OSError as error:
            collection.note(f"{display_name('/'.join(parts))}: cannot be read ({error.strerror})")
            continue
        if stat.S_ISDIR(status.st_mode):
            folders.append(parts)
        else:
            read = functools.partial(read_regular_file, name, folder_descriptor=descriptor)
            collection.add(parts, status.st_size, read)
    for parts in folders:
        _read_subfolder(descriptor, parts, collection)


def _read_subfolder(parent: int, parts: tuple[str, ...], collection: Collection) -> None:
    if is_junk((*parts, "x")):
        return
    shown = display_name("/".join(parts)) + "/"
    if len(parts) >= MAX_DEPTH:
        collection.note(f"{shown}: not read, more than {MAX_DEPTH} folders deep")
        return
    try:
        with _opened(parts[-1], parent) as descriptor:
            _read_level(descriptor, parts, collection)
    except OSError as error:
        collection.note(f"{shown}: the folder cannot be read ({error.strerror})")
