"""Unpack a zip archive in memory: nothing of it ever becomes a path."""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib

from grader.submission.collecting import Collection, FileRefusedError, Reader
from grader.submission.folder import say_kind
from grader.submission.limits import (
    MAX_COMPRESSION_RATIO,
    MAX_DEPTH,
    MAX_ENTRIES,
    MAX_NAME_CHARACTERS,
    MEBIBYTE,
)
from grader.submission.names import display_name, is_junk

ENTRY_SIGNATURE = b"PK\x01\x02"
_END_SIGNATURE = b"PK\x05\x06"
_ENCRYPTED = 0x1
_UTF8_NAME = 0x800
# What `zipfile` raises on archives that were damaged, by accident or with intent.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    LookupError,
    OverflowError,
    MemoryError,
)


def read_archive(content: bytes, above: tuple[str, ...], shown: str, collection: Collection) -> None:
    """Gather the files of a zip archive; archives within it stay closed.

    Args:
        content: The bytes of the archive.
        above: The path that stands for the archive within the submission.
        shown: The archive's name in notes.
        collection: Where the files go.

    Raises:
        CollectionFullError: There are too many entries.
    """
    if _END_SIGNATURE not in content:
        collection.note(f"{shown}: is no zip archive, or one that was cut off; not opened")
        return
    # The directory is read as a whole, so its size is bounded before.
    if content.count(ENTRY_SIGNATURE) > MAX_ENTRIES:
        collection.note(f"{shown}: has more than {MAX_ENTRIES} entries; not opened")
        return
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except DAMAGE as error:
        collection.note(f"{shown}: cannot be opened ({say_damage(error)})")
        return
    with archive:
        _read_entries(archive, above, shown, collection)


def say_damage(error: Exception) -> str:
    """Say what an archive that cannot be read suffers from."""
    return "damaged: " + display_name(str(error) or type(error).__name__)


def _read_entries(
    archive: zipfile.ZipFile, above: tuple[str, ...], shown: str, collection: Collection
) -> None:
    latest: dict[tuple[str, ...], zipfile.ZipInfo] = {}
    for entry in archive.infolist():
        collection.count_entry()
        try:
            parts = split_entry_name(entry)
        except FileRefusedError as refusal:
            collection.note(f"{shown}: {display_name(entry.filename)}: {refusal}")
            continue
        if not parts or is_junk(parts):
            continue
        if parts in latest:
            collection.note(f"{shown}: {display_name('/'.join(parts))} is in it twice; the last one is read")
        latest[parts] = entry
    environments = {parts[:-1] for parts in latest if parts[-1] == "pyvenv.cfg"}
    for parts, entry in sorted(latest.items()):
        if any(parts[: len(folder)] == folder for folder in environments):
            continue
        collection.add((*above, *parts), entry.file_size, make_entry_reader(archive, entry))


def split_entry_name(entry: zipfile.ZipInfo) -> tuple[str, ...]:
    """Split an entry's name into parts that could all be file names (none for a folder), or refuse it.

    Raises:
        FileRefusedError: The name is absolute, leads out of the archive, is too long or too deep.
    """
    name = entry.filename
    if not entry.flag_bits & _UTF8_NAME:
        # Macs write UTF-8 without saying so.
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = entry.filename
    if len(name) > MAX_NAME_CHARACTERS:
        raise FileRefusedError(f"its name has {len(name)} characters; not read")
    # Some programs under Windows write backslashes between folders.
    name = name.replace("\\", "/")
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        raise FileRefusedError("its name is an absolute path; not read")
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if name.endswith("/"):
        return ()  # a folder
    if ".." in parts:
        raise FileRefusedError("its name leads out of the archive; not read")
    if len(parts) > MAX_DEPTH:
        raise FileRefusedError(f"not read, more than {MAX_DEPTH} folders deep")
    return parts


def make_entry_reader(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Reader:
    """Return what reads an entry within the bounds, or refuses it: links, encrypted entries, bombs."""

    def read(limit: int) -> bytes:
        mode = entry.external_attr >> 16
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            raise FileRefusedError(f"is {say_kind(mode)} in a zip archive, not a file; not read")
        if entry.flag_bits & _ENCRYPTED:
            raise FileRefusedError("is encrypted; not read")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise FileRefusedError("is compressed in a way that is not read (expected deflate)")
        ratio = entry.file_size / max(entry.compress_size, 1)
        if entry.file_size > MEBIBYTE and ratio > MAX_COMPRESSION_RATIO:
            raise FileRefusedError(f"is compressed {ratio:.0f} to 1, as a decompression bomb is; not read")
        pieces = []
        try:
            with archive.open(entry) as file:
                while limit > 0 and (piece := file.read(min(limit, 1 << 16))):
                    pieces.append(piece)
                    limit -= len(piece)
        except DAMAGE as error:
            raise FileRefusedError(f"cannot be unpacked ({say_damage(error)})") from None
        return b"".join(pieces)

    return read
