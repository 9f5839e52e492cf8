"""Zip archives: unpacked in memory, whatever they hold, and always noted."""

import io
import stat
import struct
import time
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.submission import read_submission
from grader.submission.archive import read_archive
from grader.submission.collecting import Collection
from grader.submission.limits import MAX_ENTRIES, MAX_FILES

CODE = b"def gd_step(W, X, y, lr, l1=0.0):\n    return W\n"
UNPACKED = "hw4.zip: a zip file was handed in"


def make_zip(*entries, **options) -> bytes:
    """Write entries, pairs of a name or a ZipInfo and bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", options.get("compression", zipfile.ZIP_DEFLATED)) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return buffer.getvalue()


def read_zip(tmp_path, content: bytes, name: str = "hw4.zip"):
    (tmp_path / name).write_bytes(content)
    return read_submission(tmp_path / name)


def names(submission) -> list[str]:
    return [file.name for file in submission.files if file.role != "archive"]


def entry(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


def test_a_zip_alone_is_unpacked_and_noted(tmp_path):
    content = make_zip(("hw4/lab1.py", CODE), ("hw4/report.pdf", b"%PDF"), ("__MACOSX/hw4/._lab1.py", b"x"))
    submission = read_zip(tmp_path, content)
    assert names(submission) == ["hw4.zip/hw4/lab1.py", "hw4.zip/hw4/report.pdf"]
    assert [file.display_name for file in submission.files] == ["hw4.zip", "lab1.py", "report.pdf"]
    assert submission.zipped
    assert submission.zips == ("hw4.zip",)
    assert submission.notes == (UNPACKED,)
    assert submission.sources == {"lab1.py": CODE}


def test_a_zip_among_loose_files_is_unpacked_and_noted(tmp_path):
    (tmp_path / "report.pdf").write_bytes(b"%PDF")
    (tmp_path / "hw4.ZIP").write_bytes(make_zip(("lab1.py", CODE)))
    submission = read_submission(tmp_path)
    assert submission.zips == ("hw4.ZIP",)
    assert set(names(submission)) == {"report.pdf", "hw4.ZIP/lab1.py"}


def test_without_a_zip_there_is_no_penalty(tmp_path):
    (tmp_path / "lab1.py").write_bytes(CODE)
    assert not read_submission(tmp_path).zipped


def test_an_archive_within_an_archive_stays_closed(tmp_path):
    inner = make_zip(("secret.py", CODE))
    submission = read_zip(tmp_path, make_zip(("inner.zip", inner), ("lab1.py", CODE)))
    assert names(submission) == ["hw4.zip/lab1.py"]
    assert "an archive within an archive; not opened" in submission.notes[-1]
    assert submission.zips == ("hw4.zip",)


def test_only_so_many_archives_are_opened(tmp_path):
    for number in range(6):
        (tmp_path / f"{number}.zip").write_bytes(make_zip((f"lab{number}.py", CODE)))
    submission = read_submission(tmp_path)
    assert len(names(submission)) == 4
    assert "5.zip: not opened, 4 archives were opened before" in submission.notes


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../evil.py", "leads out of the archive"),
        ("a/../../evil.py", "leads out of the archive"),
        ("..\\..\\evil.py", "leads out of the archive"),
        ("/etc/evil.py", "is an absolute path"),
        ("C:\\evil.py", "is an absolute path"),
        ("\\\\server\\share\\evil.py", "is an absolute path"),
        ("x" * 2000 + ".py", "its name has 2003 characters"),
        ("d/" * 20 + "evil.py", "more than 10 folders deep"),
    ],
)
def test_a_name_that_leads_elsewhere_is_refused_and_the_rest_is_read(tmp_path, name, reason):
    submission = read_zip(tmp_path, make_zip((name, CODE), ("lab1.py", CODE)))
    assert names(submission) == ["hw4.zip/lab1.py"]
    assert reason in submission.notes[1]
    assert all(note.isprintable() for note in submission.notes)


def test_backslashes_of_windows_and_dots_in_names_are_folders(tmp_path):
    content = make_zip(("hw4\\lab1.py", CODE), ("./a/./b.py", CODE), ("folder\\", b""))
    assert names(read_zip(tmp_path, content)) == ["hw4.zip/a/b.py", "hw4.zip/hw4/lab1.py"]


@pytest.mark.parametrize(
    ("mode", "kind"),
    [(stat.S_IFLNK | 0o777, "a symbolic link"), (stat.S_IFIFO, "a named pipe"), (stat.S_IFCHR, "a device")],
)
def test_links_and_devices_in_a_zip_are_refused(tmp_path, mode, kind):
    submission = read_zip(tmp_path, make_zip((entry("lab1.py", mode), b"/etc/passwd")))
    assert names(submission) == []
    assert submission.notes[1] == f"hw4.zip/lab1.py: is {kind} in a zip archive, not a file; not read"


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    content = make_zip(("bomb.pdf", bytes(40 << 20)), ("bomb.py", bytes(100 << 20)), ("lab1.py", CODE))
    assert len(content) < 2 << 20
    started = time.monotonic()
    submission = read_zip(tmp_path, content)
    assert time.monotonic() - started < 2
    assert names(submission) == ["hw4.zip/lab1.py"]
    assert "as a decompression bomb is" in submission.notes[1]
    assert "has 104,857,600 bytes, at most 1 MiB are read" in submission.notes[2]


def with_declared_size(content: bytes, size: int) -> bytes:
    """Overwrite the sizes that a zip of one entry declares, in both of its headers."""
    changed = bytearray(content)
    struct.pack_into("<I", changed, 22, size)
    struct.pack_into("<I", changed, content.index(b"PK\x01\x02") + 24, size)
    return bytes(changed)


def test_a_bomb_with_a_false_size_is_refused(tmp_path):
    content = with_declared_size(make_zip(("bomb.py", bytes(20 << 20))), 100)
    submission = read_zip(tmp_path, content)
    assert names(submission) == []
    assert "cannot be unpacked (damaged" in submission.notes[1]


def test_an_entry_that_declares_too_much_gives_no_more_than_it_has(tmp_path):
    submission = read_zip(tmp_path, with_declared_size(make_zip(("lab1.py", CODE)), 500))
    assert submission.sources in ({"lab1.py": CODE}, {})


def test_a_flood_of_entries_is_cut(tmp_path):
    submission = read_zip(tmp_path, make_zip(*((f"{number}.py", b"") for number in range(5000))))
    # The zip itself is one of the files.
    assert len(names(submission)) == MAX_FILES - 1
    assert submission.notes[-1] == f"more than {MAX_FILES} files: 4501 of them were not read"
    flood = make_zip(*((str(number), b"") for number in range(MAX_ENTRIES + 1)))
    assert f"more than {MAX_ENTRIES} entries; not opened" in read_zip(tmp_path, flood).notes[1]


def test_an_environment_that_was_packed_along_is_left_out(tmp_path):
    packed = [(f"hw4/env/lib/python3/site-packages/p{number}.py", b"") for number in range(2000)]
    content = make_zip(*packed, ("hw4/env/pyvenv.cfg", b""), ("hw4/env/bin/x.py", b""), ("hw4/lab1.py", CODE))
    submission = read_zip(tmp_path, content)
    assert names(submission) == ["hw4.zip/hw4/lab1.py"]
    assert submission.notes == (UNPACKED,)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_two_entries_of_one_name_the_last_is_read(tmp_path):
    submission = read_zip(tmp_path, make_zip(("lab1.py", b"first"), ("lab1.py", b"last"), ("Lab1.py", CODE)))
    assert submission.notes[1] == "hw4.zip: lab1.py is in it twice; the last one is read"
    assert submission.sources == {"lab1.py": b"last", "Lab1.py": CODE}


def test_an_encrypted_entry_is_refused(tmp_path):
    content = bytearray(make_zip(("lab1.py", CODE)))
    struct.pack_into("<H", content, 6, 1)
    struct.pack_into("<H", content, content.index(b"PK\x01\x02") + 8, 1)
    assert "hw4.zip/lab1.py: is encrypted; not read" in read_zip(tmp_path, bytes(content)).notes


def test_only_deflate_is_unpacked(tmp_path):
    for compression in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        submission = read_zip(tmp_path, make_zip(("lab1.py", CODE), compression=compression))
        assert "compressed in a way that is not read" in submission.notes[1]
    assert names(read_zip(tmp_path, make_zip(("lab1.py", CODE), compression=zipfile.ZIP_STORED)))


@pytest.mark.parametrize("content", [b"", b"PK", b"no zip at all", b"PK\x03\x04" * 100, b"%PDF-1.4"])
def test_garbage_named_zip_is_a_submission_without_code(tmp_path, content):
    submission = read_zip(tmp_path, content)
    assert submission.zipped
    assert "is no zip archive" in submission.notes[1]
    assert "found no code" in submission.notes[-1]


def test_a_truncated_or_damaged_zip_gives_what_can_be_read(tmp_path):
    whole = make_zip(("a.py", CODE * 50), ("lab1.py", CODE))
    assert "is no zip archive, or one that was cut off" in read_zip(tmp_path, whole[:-30]).notes[1]
    damaged = bytearray(whole)
    damaged[45] ^= 0xFF
    submission = read_zip(tmp_path, bytes(damaged))
    assert names(submission) == ["hw4.zip/lab1.py"]
    assert "hw4.zip/a.py: cannot be unpacked (damaged" in submission.notes[1]


def test_names_are_read_as_utf8_whether_or_not_the_zip_says_so(tmp_path):
    silent = make_zip(("x\u00fcy.py", CODE)).replace(struct.pack("<H", 0x800), struct.pack("<H", 0))
    assert names(read_zip(tmp_path, silent)) == ["hw4.zip/x\u00fcy.py"]
    latin = make_zip(("xyz.py", CODE)).replace(b"xyz.py", b"x\xfcz.py")
    assert len(names(read_zip(tmp_path, latin))) == 1


def test_hostile_names_in_a_zip_are_shown_harmlessly(tmp_path):
    content = make_zip(("\x1b[2Jlab1.py", CODE), ("-rf", b""), ("a\nb.py", CODE), ("../\x1b[31m", b""))
    submission = read_zip(tmp_path, content)
    assert all(file.display_name.isprintable() for file in submission.files)
    assert all(note.isprintable() for note in submission.notes)


def gather(content: bytes) -> Collection:
    collection = Collection()
    read_archive(content, ("hw4.zip",), "hw4.zip", collection)
    return collection


SAMPLE = make_zip(("hw4/lab1.py", CODE * 20), ("hw4/FP_layers.py", CODE), ("report.pdf", bytes(500)))


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_no_damage_to_a_zip_raises(data):
    content = bytearray(SAMPLE)
    for _ in range(data.draw(st.integers(1, 8))):
        position = data.draw(st.integers(0, len(content) - 1))
        content[position] = data.draw(st.integers(0, 255))
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(content))] * 2)))
    if data.draw(st.booleans()):
        del content[start:end]
    collection = gather(bytes(content))
    assert sum(map(len, collection.contents.values())) < 1 << 20
    assert all(note.isprintable() for note in collection.notes)
