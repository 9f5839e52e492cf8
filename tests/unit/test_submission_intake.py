"""Reading a submission as bytes and names: what is taken, what is refused, and in which words."""

import os
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.submission import read_files, read_submission, read_timestamp
from grader.submission.limits import MAX_CODE_BYTES, MAX_DEPTH, MAX_FILES, MAX_REPORT_BYTES

CODE = b"def gd_step(W, X, y, lr, l1=0.0):\n    return W\n"


def write(folder: Path, **contents: bytes) -> Path:
    """Write files; in their names ``__`` stands for a slash and ``_py`` for the suffix."""
    for name, content in contents.items():
        path = folder / name.replace("__", "/").replace("_py", ".py").replace("_pdf", ".pdf")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def names(submission) -> list[str]:
    return [file.name for file in submission.files]


def test_loose_files_get_their_roles(tmp_path):
    for name in (
        "lab1.py",
        "hw4.IPYNB",
        "report.pdf",
        "answers.toml",
        "hw4_results.json",
        "plot.png",
        "x.rar",
    ):
        (tmp_path / name).write_bytes(name.encode())
    submission = read_submission(tmp_path)
    assert {file.name: file.role for file in submission.files} == {
        "lab1.py": "code",
        "hw4.IPYNB": "notebook",
        "report.pdf": "report",
        "answers.toml": "answers",
        "hw4_results.json": "results",
        "plot.png": "other",
        "x.rar": "archive",
    }
    assert submission.name == tmp_path.name
    assert not submission.zipped
    assert submission.answers.content == b"answers.toml"
    assert submission.report.content == b"report.pdf"
    assert list(submission.sources) == ["hw4.IPYNB", "lab1.py"]
    assert submission.notes == ("x.rar: not opened, of archives only .zip is",)


@pytest.mark.parametrize("name", ["homework.py", "homework.ipynb", "report.pdf", "answers.toml"])
def test_a_single_file_is_a_submission(tmp_path, name):
    (tmp_path / name).write_bytes(CODE)
    submission = read_submission(tmp_path / name)
    assert names(submission) == [name]
    assert submission.name == name


@pytest.mark.parametrize("name", ["lab1.py.txt", "hw4.ipynb.json", "hw4.ipynb.txt"])
def test_a_suffix_that_a_browser_added_is_seen_through(tmp_path, name):
    (tmp_path / name).write_bytes(CODE)
    assert read_submission(tmp_path).with_role("code", "notebook")


def test_folders_within_the_folder_are_read_and_junk_is_not(tmp_path):
    write(tmp_path, hw4__lab1_py=CODE, hw4__src__tools_py=CODE, hw4__venv__lib__x_py=CODE)
    write(tmp_path, hw4__myenv__pyvenv=b"", hw4__myenv__a_py=CODE)
    (tmp_path / "hw4/myenv/pyvenv").rename(tmp_path / "hw4/myenv/pyvenv.cfg")
    for junk in ("__MACOSX", "__pycache__", ".ipynb_checkpoints", ".git"):
        (tmp_path / "hw4" / junk).mkdir()
        (tmp_path / "hw4" / junk / "lab1.py").write_bytes(CODE)
    for junk in (".DS_Store", "._lab1.py", "Thumbs.db", "lab1.pyc", "lab1.py~", "~$report.docx"):
        (tmp_path / "hw4" / junk).write_bytes(CODE)
    submission = read_submission(tmp_path)
    assert names(submission) == ["hw4/lab1.py", "hw4/src/tools.py"]
    assert [file.display_name for file in submission.files] == ["lab1.py", "tools.py"]
    assert submission.notes == ()


def test_the_handouts_own_folders_are_not_read(tmp_path):
    write(tmp_path, lab1_py=CODE, given__resnet20_py=CODE, report_template__pages_py=CODE)
    submission = read_submission(tmp_path)
    assert names(submission) == ["lab1.py"]
    assert submission.notes == (
        "2 files of given/ and report_template/ are not read: the handout's own are used",
    )


def test_the_digest_depends_on_names_and_bytes_and_not_on_the_place(tmp_path):
    one, two = write(tmp_path / "one", lab1_py=CODE), write(tmp_path / "two", lab1_py=CODE)
    assert read_submission(one).sha256 == read_submission(two).sha256
    renamed, changed = write(tmp_path / "three", lab2_py=CODE), write(tmp_path / "four", lab1_py=CODE + b"#")
    digests = {read_submission(folder).sha256 for folder in (one, renamed, changed)}
    assert len(digests) == 3
    assert read_files("any", {"lab1.py": CODE}).sha256 == read_submission(one).sha256


def test_two_files_of_one_name_are_shown_with_their_folders(tmp_path):
    write(tmp_path, lab1_py=CODE, old__lab1_py=CODE)
    assert [file.display_name for file in read_submission(tmp_path).files] == ["lab1.py", "old/lab1.py"]


def test_a_submission_without_code_is_one_with_a_note(tmp_path):
    assert "found no code" in read_submission(tmp_path).notes[-1]
    write(tmp_path, report_pdf=b"%PDF")
    assert read_submission(tmp_path).notes == (
        "found no code (expected a .py or .ipynb file); found report.pdf",
    )


def test_an_empty_file_of_code_is_code(tmp_path):
    write(tmp_path, lab1_py=b"")
    assert read_submission(tmp_path).sources == {"lab1.py": b""}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("nowhere", "no such file or folder"),
        ("photo.jpg", "is no submission"),
        ("a.tar.gz", "is no submission"),
    ],
)
def test_what_is_no_submission_is_the_callers_error(tmp_path, name, found):
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8")
    (tmp_path / "a.tar.gz").write_bytes(b"\x1f\x8b")
    with pytest.raises(UsageError, match=found) as error:
        read_submission(tmp_path / name)
    assert error.value.hint
    assert "\n" not in error.value.message


def test_a_path_that_cannot_be_one_is_the_callers_error():
    with pytest.raises(UsageError):
        read_submission("a\0b")
    with pytest.raises(UsageError):
        read_submission("x" * 5000)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_folder_is_the_callers_error_and_an_unreadable_file_a_note(tmp_path):
    write(tmp_path, lab1_py=CODE, closed_py=CODE)
    (tmp_path / "closed.py").chmod(0)
    submission = read_submission(tmp_path)
    assert names(submission) == ["lab1.py"]
    assert submission.notes == ("closed.py: cannot be read (Permission denied)",)
    tmp_path.chmod(0)
    with pytest.raises(UsageError, match="cannot be read"):
        read_submission(tmp_path)
    tmp_path.chmod(0o700)


def test_failing_reads_are_notes_for_files_and_errors_for_the_folder(tmp_path, monkeypatch):
    write(tmp_path, lab1_py=CODE, closed_py=CODE)
    real = os.open

    def deny(path, *arguments, **options):
        if os.fspath(path).endswith("closed.py") or path == os.fspath(tmp_path / "shut"):
            raise PermissionError(13, "Permission denied")
        return real(path, *arguments, **options)

    monkeypatch.setattr(os, "open", deny)
    assert read_submission(tmp_path).notes == ("closed.py: cannot be read (Permission denied)",)
    (tmp_path / "shut").mkdir()
    with pytest.raises(UsageError, match="cannot be read"):
        read_submission(tmp_path / "shut")


def test_links_pipes_sockets_and_folders_with_the_name_of_a_file_are_not_read(tmp_path, monkeypatch):
    secret = tmp_path / "secret.py"
    secret.write_bytes(b"secret")
    folder = write(tmp_path / "hw4", lab1_py=CODE)
    (folder / "link.py").symlink_to(secret)
    (folder / "zero.py").symlink_to("/dev/zero")
    (folder / "broken.py").symlink_to("nowhere")
    (folder / "above").symlink_to(tmp_path, target_is_directory=True)
    (folder / "round").symlink_to(folder, target_is_directory=True)
    os.mkfifo(folder / "pipe.py")
    (folder / "folder.py").mkdir()
    monkeypatch.chdir(folder)  # the path of a socket must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.py")
    submission = read_submission(folder)
    assert names(submission) == ["lab1.py"]
    assert not any(b"secret" in file.content for file in submission.files)
    assert {note.partition(":")[0]: note.partition(": ")[2] for note in submission.notes} == {
        "link.py": "is a symbolic link, not a file; not read",
        "zero.py": "is a symbolic link, not a file; not read",
        "broken.py": "is a symbolic link, not a file; not read",
        "above": "is a symbolic link, not a file; not read",
        "round": "is a symbolic link, not a file; not read",
        "pipe.py": "is a named pipe, not a file; not read",
        "socket.py": "is a socket, not a file; not read",
    }


@pytest.mark.parametrize("kind", ["link", "pipe", "device"])
def test_a_path_to_a_link_a_pipe_or_a_device_is_the_callers_error(tmp_path, kind):
    path = tmp_path / "lab1.py"
    if kind == "link":
        (tmp_path / "real.py").write_bytes(CODE)
        path.symlink_to("real.py")
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path = Path("/dev/zero")
    with pytest.raises(UsageError, match="expected a folder, or a"):
        read_submission(path)


def test_a_file_that_is_exchanged_while_it_is_read_is_refused(tmp_path, monkeypatch):
    folder = write(tmp_path / "hw4", lab1_py=CODE)
    (tmp_path / "secret.py").write_bytes(b"secret")
    real = os.open

    def exchange(path, flags, *arguments, **options):
        if path == "lab1.py":
            (folder / "lab1.py").unlink()
            (folder / "lab1.py").symlink_to(tmp_path / "secret.py")
        return real(path, flags, *arguments, **options)

    monkeypatch.setattr(os, "open", exchange)
    submission = read_submission(folder)
    assert names(submission) == []
    assert submission.notes[0].startswith("lab1.py: cannot be read")


def test_oversize_files_are_refused_by_kind_and_the_rest_is_read(tmp_path):
    write(tmp_path, lab1_py=CODE)
    for name, size in (("big.py", 50 << 20), ("just.py", MAX_CODE_BYTES), ("big.pdf", MAX_REPORT_BYTES + 1)):
        with (tmp_path / name).open("wb") as file:
            file.truncate(size)
    submission = read_submission(tmp_path)
    assert names(submission) == ["just.py", "lab1.py"]
    assert submission.notes == (
        "big.pdf: has 52,428,801 bytes, at most 50 MiB are read; not read",
        "big.py: has 52,428,800 bytes, at most 1 MiB are read; not read",
    )
    alone = read_submission(tmp_path / "big.py")
    assert alone.files == ()
    assert alone.notes[-1].startswith("found no code")


def test_a_file_that_grows_after_its_size_was_seen_is_refused(tmp_path, monkeypatch):
    write(tmp_path, lab1_py=b"#" * (MAX_CODE_BYTES + 5))
    real = os.lstat

    def shrink(path, **options):
        status = list(real(path, **options))
        status[6] = 10
        return os.stat_result(status)

    monkeypatch.setattr(os, "lstat", shrink)
    assert read_submission(tmp_path).notes[0] == "lab1.py: has more than 1 MiB; not read"


def test_a_flood_of_files_is_cut_with_a_note(tmp_path):
    for number in range(5000):
        (tmp_path / f"{number:04d}.py").touch()
    submission = read_submission(tmp_path)
    assert len(submission.files) == MAX_FILES
    assert submission.notes == (f"more than {MAX_FILES} files: 4500 of them were not read",)


def test_a_flood_of_refused_files_leaves_few_notes(tmp_path):
    for number in range(500):
        (tmp_path / f"{number}.py").symlink_to("/etc/passwd")
    notes = read_submission(tmp_path).notes
    assert len(notes) < 70
    assert any(note == "and 440 more notes of this kind" for note in notes)


def test_deep_folders_are_left(tmp_path):
    deep = tmp_path.joinpath(*["d"] * (MAX_DEPTH + 3))
    deep.mkdir(parents=True)
    (deep / "lab1.py").write_bytes(CODE)
    submission = read_submission(tmp_path)
    assert names(submission) == []
    assert f"more than {MAX_DEPTH} folders deep" in submission.notes[0]


def test_hostile_names_are_kept_apart_and_shown_harmlessly(tmp_path):
    hostile = [
        "a\nb.py",
        "\x1b[31mred.py",
        "-rf",
        "invoice\u202efdp.py",
        "tab\t.py",
        "<b>.py",
        "x" * 240 + ".py",
    ]
    for name in hostile:
        (tmp_path / name).write_bytes(CODE)
    (tmp_path / os.fsdecode(b"lab\xff.py")).write_bytes(CODE)
    submission = read_submission(tmp_path)
    assert len(submission.files) == len(hostile) + 1
    shown = [file.display_name for file in submission.files]
    assert len(set(shown)) == len(shown)
    assert all(name.isprintable() and len(name) <= 105 for name in shown)
    assert {"a\ufffdb.py", "\ufffd[31mred.py", "invoice\ufffdfdp.py", "lab\\xff.py", "-rf", "<b>.py"} <= set(
        shown
    )
    assert all(file.name.encode() for file in submission.files)
    assert submission.sha256


def test_names_that_look_the_same_are_told_apart(tmp_path):
    (tmp_path / "a\x01.py").write_bytes(CODE)
    (tmp_path / "a\x02.py").write_bytes(CODE + b"#")
    assert sorted(read_submission(tmp_path).sources) == ["a\ufffd.py", "a\ufffd.py [2]"]


SAKAI = "Doe, Jane(jd123)"


def write_sakai(folder: Path, stamp: bytes = b"2020-10-15T03:41:12Z") -> Path:
    student = folder / SAKAI
    attachments = student / "Submission attachment(s)"
    attachments.mkdir(parents=True)
    (attachments / "hw4.py").write_bytes(CODE)
    (attachments / "hw4+1.py").write_bytes(CODE + b"#")
    (student / "timestamp.txt").write_bytes(stamp)
    (student / "comments.txt").write_bytes(b"")
    (student / "feedbackText.html").write_bytes(b"")
    (student / f"{SAKAI}_submissionText.html").write_bytes(b"")
    (student / "Feedback Attachment(s)").mkdir()
    (student / "Feedback Attachment(s)" / "solution.py").write_bytes(b"solution")
    return student


@pytest.mark.parametrize(
    "stamp", [b"2020-10-15T03:41:12Z", b"2020-10-15T03:41:12.000Z", b"20201015034112000"]
)
def test_a_students_folder_of_sakai_gives_its_attachments_and_its_time(tmp_path, stamp):
    student = write_sakai(tmp_path, stamp)
    for path in (student, student / "Submission attachment(s)", tmp_path):
        submission = read_submission(path)
        assert [file.display_name for file in submission.files] == ["hw4+1.py", "hw4.py"]
        assert submission.submitted_at == datetime(2020, 10, 15, 3, 41, 12, tzinfo=UTC)
        assert submission.name == (tmp_path.name if path == tmp_path else SAKAI)
        assert submission.notes == ()


def test_a_students_own_timestamp_tells_nothing(tmp_path):
    student = write_sakai(tmp_path)
    attachments = student / "Submission attachment(s)"
    (attachments / "timestamp.txt").write_bytes(b"2019-01-01T00:00:00Z")
    for path in (student, attachments):
        assert read_submission(path).submitted_at == datetime(2020, 10, 15, 3, 41, 12, tzinfo=UTC)


@pytest.mark.parametrize(("folder", "counts"), [(SAKAI, True), ("0f3c anonymous", True), ("hw4", False)])
def test_a_timestamp_counts_in_a_folder_that_sakai_named(tmp_path, folder, counts):
    write(tmp_path / folder, hw4_py=CODE)
    (tmp_path / folder / "timestamp.txt").write_bytes(b"2020-10-15T03:41:12Z")
    submission = read_submission(tmp_path / folder)
    assert (submission.submitted_at is not None) == counts
    assert ("timestamp.txt" in names(submission)) != counts


def test_the_callers_folder_may_be_a_link_or_relative(tmp_path, monkeypatch):
    folder = write(tmp_path / "hw4", lab1_py=CODE)
    (tmp_path / "link").symlink_to(folder, target_is_directory=True)
    assert names(read_submission(tmp_path / "link")) == ["lab1.py"]
    monkeypatch.chdir(folder)
    assert read_submission(".").name == "hw4"
    assert read_submission("../hw4/").name == "hw4"


def test_a_timestamp_without_a_time_is_noted(tmp_path):
    student = write_sakai(tmp_path, b"soon")
    submission = read_submission(student)
    assert submission.submitted_at is None
    assert "found no time in it" in submission.notes[0]
    assert read_timestamp(b"\xff" * 5000) is None


def test_a_whole_class_is_no_submission(tmp_path):
    write_sakai(tmp_path / "Homework 4")
    other = tmp_path / "Homework 4" / "Roe, Sam(rs45)" / "Submission attachment(s)"
    other.mkdir(parents=True)
    (other / "a.py").write_bytes(CODE)
    with pytest.raises(UsageError, match="holds 2 submissions, expected one"):
        read_submission(tmp_path / "Homework 4")
