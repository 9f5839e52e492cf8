"""Hostile archives. Bombs are made of a few kilobytes when a test runs; none is kept."""

import io
import stat
import struct
import tarfile
import warnings
import zipfile
import zlib
from pathlib import Path

from tests.bank.canaries import Canaries
from tests.bank.uploads import right_sources, upload

MEBIBYTE = 1 << 20
REFUSED = ("zip", "archive")


def write_zip(path: Path, entries: list[tuple[str | zipfile.ZipInfo, bytes]]) -> Path:
    """Write a zip of entries, which may repeat names."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # duplicate names are the point
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in entries:
                archive.writestr(name, content)
    return path


def right_entries() -> list[tuple[str | zipfile.ZipInfo, bytes]]:
    """Return the right code as entries."""
    return list(right_sources().items())


def special_entry(name: str, mode: int) -> zipfile.ZipInfo:
    """Return an entry with a Unix file type."""
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3
    entry.external_attr = (mode | 0o777) << 16
    return entry


def deflate_zeros(mebibytes: int) -> bytes:
    """Return a raw deflate stream of zeros, made by repeating one block that refers to nothing before it."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = compressor.compress(bytes(MEBIBYTE)) + compressor.flush(zlib.Z_FULL_FLUSH)
    return block * mebibytes + compressor.flush()


def compress_zeros(mebibytes: int) -> bytes:
    """Return a zlib stream of zeros."""
    checksum = ((mebibytes * MEBIBYTE) % 65521) << 16 | 1
    return b"\x78\x9c" + deflate_zeros(mebibytes) + struct.pack(">I", checksum)


def forge_zip(names: list[str], stream: bytes, size: int, checksum: int) -> bytes:
    """Write a zip whose entries all share one compressed stream, with any size in the headers."""
    fields = (20, 0, 8, 0, 0x2100, checksum, len(stream), size)
    first = names[0].encode()
    body = struct.pack("<4s5H3I2H", b"PK\3\4", *fields, len(first), 0) + first + stream
    directory = b""
    for name in map(str.encode, names):
        head = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, *fields, len(name), 0, 0, 0, 0, 0, 0)
        directory += head + name
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, len(names), len(names), len(directory), len(body), 0)
    return body + directory + end


def checksum_of_zeros(mebibytes: int) -> int:
    """Return the CRC-32 of that many mebibytes of zeros."""
    checksum, block = 0, bytes(MEBIBYTE)
    for _ in range(mebibytes):
        checksum = zlib.crc32(block, checksum)
    return checksum


@upload("archive", code="open", says=REFUSED)
def climbs_out(folder: Path, canaries: Canaries) -> Path:
    """Write a file above the folder it is unpacked in."""
    climbing = "../" * 12 + canaries.canary_folder.lstrip("/") + "/climbed"
    return write_zip(folder / "hw4.zip", [*right_entries(), ("../climbed.py", b""), (climbing, b"hostile")])


@upload("archive", code="open", says=REFUSED)
def absolute_name(folder: Path, canaries: Canaries) -> Path:
    """Write a file under an absolute name."""
    entry = zipfile.ZipInfo("x")
    entry.filename = f"{canaries.canary_folder}/absolute"
    return write_zip(folder / "hw4.zip", [*right_entries(), (entry, b"hostile")])


@upload("archive", code="open", says=REFUSED)
def backslashes_and_drives(folder: Path, _: Canaries) -> Path:
    """Climb out with backslashes and a drive letter."""
    names = ("..\\..\\evil.py", "C:\\evil.py", "C:evil.py", "\\\\host\\share\\evil.py")
    return write_zip(folder / "hw4.zip", [*right_entries(), *((name, b"") for name in names)])


@upload("archive", code="lab1 lost", says=(*REFUSED, "link"))
def link_entry(folder: Path, canaries: Canaries) -> Path:
    """Unpack a symbolic link to a secret in place of lab1.py."""
    link = (special_entry("lab1.py", stat.S_IFLNK), canaries.canary_file.encode())
    return write_zip(folder / "hw4.zip", [link, ("FP_layers.py", right_sources()["FP_layers.py"])])


@upload("archive", code="open", says=(*REFUSED, "link"))
def writes_through_a_link(folder: Path, canaries: Canaries) -> Path:
    """Unpack a link to a folder, then a file through it."""
    link = (special_entry("out", stat.S_IFLNK), canaries.canary_folder.encode())
    return write_zip(folder / "hw4.zip", [*right_entries(), link, ("out/through", b"hostile")])


@upload("archive", code="open")
def device_entries(folder: Path, _: Canaries) -> Path:
    """Unpack a device, a pipe and a file with the set-user bit."""
    kinds = (("disk", stat.S_IFBLK), ("pipe", stat.S_IFIFO), ("setuid", stat.S_IFREG | stat.S_ISUID))
    entries = [(special_entry(name, mode), b"x") for name, mode in kinds]
    return write_zip(folder / "hw4.zip", [*right_entries(), *entries])


@upload("archive", code="none", says=REFUSED)
def ratio_bomb(folder: Path, _: Canaries) -> Path:
    """Unpack a gigabyte from a megabyte."""
    stream = deflate_zeros(1024)
    path = folder / "hw4.zip"
    path.write_bytes(forge_zip(["lab1.py"], stream, 1024 * MEBIBYTE, checksum_of_zeros(1024)))
    return path


@upload("archive", code="none", says=REFUSED)
def bomb_with_a_false_size(folder: Path, _: Canaries) -> Path:
    """Announce 100 bytes and unpack a gigabyte."""
    path = folder / "hw4.zip"
    path.write_bytes(forge_zip(["lab1.py"], deflate_zeros(1024), 100, 0))
    return path


@upload("archive", code="none", says=REFUSED)
def overlapping_entries(folder: Path, _: Canaries) -> Path:
    """Unpack the same stream a thousand times: 64 gigabytes from 200 kilobytes."""
    names = [f"lab{number}.py" for number in range(1000)]
    path = folder / "hw4.zip"
    path.write_bytes(forge_zip(names, deflate_zeros(64), 64 * MEBIBYTE, checksum_of_zeros(64)))
    return path


@upload("archive", code="none", says=REFUSED)
def nested_archives(folder: Path, _: Canaries) -> Path:
    """Hide the code twenty archives deep."""
    content = right_sources()["lab1.py"]
    name = "lab1.py"
    for depth in range(20):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(name, content)
        content, name = buffer.getvalue(), f"level{depth}.zip"
    path = folder / "hw4.zip"
    path.write_bytes(content)
    return path


@upload("archive", code="none", says=REFUSED)
def hundred_thousand_entries(folder: Path, _: Canaries) -> Path:
    """Unpack a hundred thousand empty files."""
    return write_zip(
        folder / "hw4.zip", [*right_entries(), *((f"{number}.py", b"") for number in range(10**5))]
    )


@upload("archive", code="open", says=REFUSED)
def duplicate_names(folder: Path, _: Canaries) -> Path:
    """Hold lab1.py twice, first wrong and then right."""
    return write_zip(folder / "hw4.zip", [("lab1.py", b"gd_step = None\n"), *right_entries()])


@upload("archive", code="open")
def case_clash(folder: Path, _: Canaries) -> Path:
    """Hold files whose names differ in case only."""
    return write_zip(
        folder / "hw4.zip", [*right_entries(), ("LAB1.PY", b"gd_step = None\n"), ("Lab1.py", b"")]
    )


@upload("archive", code="none", says=(*REFUSED, "encrypted", "password"))
def encrypted(folder: Path, _: Canaries) -> Path:
    """Claim to be encrypted."""
    path = write_zip(folder / "hw4.zip", right_entries())
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = content.find(signature)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(signature, at + 4)
    path.write_bytes(bytes(content))
    return path


@upload("archive", code="none", says=REFUSED)
def truncated(folder: Path, _: Canaries) -> Path:
    """End in the middle."""
    path = write_zip(folder / "hw4.zip", right_entries())
    path.write_bytes(path.read_bytes()[:-200])
    return path


@upload("archive", code="open", says=REFUSED)
def damaged(folder: Path, _: Canaries) -> Path:
    """Hold a stream whose checksum does not fit."""
    path = write_zip(folder / "hw4.zip", right_entries())
    content = bytearray(path.read_bytes())
    content[100] ^= 0xFF
    path.write_bytes(bytes(content))
    return path


@upload("archive", code="none", says=REFUSED)
def unknown_method(folder: Path, _: Canaries) -> Path:
    """Use a compression method that does not exist."""
    path = folder / "hw4.zip"
    forged = forge_zip(["lab1.py"], deflate_zeros(1), MEBIBYTE, 0)
    path.write_bytes(forged.replace(struct.pack("<3H", 20, 0, 8), struct.pack("<3H", 20, 0, 99)))
    return path


@upload("archive", code="none", says=REFUSED)
def garbage(folder: Path, _: Canaries) -> Path:
    """Be no archive at all."""
    path = folder / "hw4.zip"
    path.write_bytes(bytes(range(256)) * 64)
    return path


@upload("archive", code="none")
def empty_archive(folder: Path, _: Canaries) -> Path:
    """Hold nothing."""
    return write_zip(folder / "hw4.zip", [])


@upload("archive", code="none", says=(*REFUSED, "tar"))
def another_format(folder: Path, _: Canaries) -> Path:
    """Be a tar archive that is called zip, with a link that climbs out."""
    path = folder / "hw4.zip"
    with tarfile.open(path, "w:gz") as archive:
        link = tarfile.TarInfo("lab1.py")
        link.type, link.linkname = tarfile.SYMTYPE, "../../../../etc/passwd"
        archive.addfile(link)
    return path


@upload("archive", code="open")
def prefix_and_comment(folder: Path, _: Canaries) -> Path:
    """Begin with a program and end with a comment of terminal escapes."""
    path = write_zip(folder / "hw4.zip", right_entries())
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = b"\x1b[2J\x1b]0;owned\x07" * 4000
    path.write_bytes(b"#!/bin/sh\nexit 0\n" + path.read_bytes())
    return path


@upload("archive", code="open")
def names_in_archive(folder: Path, _: Canaries) -> Path:
    """Use names with escapes, line ends, bidi marks, markup and options of commands."""
    names = (
        "\x1b[31mred\x1b[0m.txt",
        "two\nlines.txt",
        "\u202egnp.py",
        "<b>&amp;.txt",
        "-rf",
        "~",
        "$(id).txt",
        "...",
        "con.py",
        "n" * 60_000,
        "deep/" * 2000 + "x",
    )
    return write_zip(folder / "hw4.zip", [*right_entries(), *((name, b"x") for name in names)])


@upload("archive", code="open")
def names_that_are_no_text(folder: Path, _: Canaries) -> Path:
    """Use a name that claims to be UTF-8 and is not."""
    path = write_zip(folder / "hw4.zip", [*right_entries(), ("\u00ff\u00ff\u00ff.py", b"x = 1\n")])
    path.write_bytes(path.read_bytes().replace("\u00ff\u00ff\u00ff".encode(), b"\xff\xfe\xff\xfe\xff\xfe"))
    return path
