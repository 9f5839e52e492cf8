"""The two files of the assignment alone: the grader finds everything else inside the PDF."""

import io

import pypdf
import pytest

from grader.submission import add_attachments, read_files
from grader.worker.pdf_attachments import MAX_ATTACHMENTS, take_attachments


class BrokenReaderError(Exception):
    """Stands for the fault of a reader that a file broke."""


def make_pdf(attachments):
    """Make a PDF with files attached."""
    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    for name, content in attachments.items():
        writer.add_attachment(name, content)
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def read(files):
    """Read a submission with its attachments."""
    return add_attachments(
        read_files("ab1", files), lambda pdf: take_attachments(None, pdf), BrokenReaderError
    )


PACKED = {"answers.toml": b"[lab1.b]", "results.json": b"{}", "FP_layers.py": b"x = 1", "lab1.py": b"y = 2"}


def test_what_is_attached_is_found():
    """Answers, results and the layers are read from inside the report, and it is said."""
    submission = read({"ab1_report.pdf": make_pdf(PACKED), "ab1_lab1.py": b"y = 2"})
    assert submission.answers.content == b"[lab1.b]"
    assert {file.name for file in submission.with_role("code")} == {
        "ab1_lab1.py",
        "ab1_report.pdf/FP_layers.py",
    }
    assert "read from inside ab1_report.pdf" in submission.notes[-1]


def test_the_loose_code_file_counts_more_than_the_attached_one():
    """Code changed after the report was set is what was handed in; the old lab1.py is left out."""
    submission = read({"ab1_report.pdf": make_pdf(PACKED), "ab1_lab1.py": b"y = 3"})
    assert b"y = 2" not in [file.content for file in submission.files]


def test_loose_answers_count_more_than_attached_ones():
    """A file beside the report wins over one of its name inside."""
    submission = read({"ab1_report.pdf": make_pdf(PACKED), "answers.toml": b"[lab1.c]", "a.py": b""})
    assert submission.answers.content == b"[lab1.c]"


def test_a_report_alone_still_brings_the_code():
    """With nothing but the PDF everything attached is taken, and no code is missed."""
    submission = read({"ab1_report.pdf": make_pdf(PACKED)})
    assert {file.name.rpartition("/")[2] for file in submission.with_role("code")} == {
        "FP_layers.py",
        "lab1.py",
    }
    assert not [note for note in submission.notes if "found no code" in note]


@pytest.mark.parametrize(
    "content",
    [b"", b"%PDF-1.7 garbage", b"not a pdf", make_pdf({}), make_pdf(PACKED)[:300]],
    ids=["empty", "garbage", "text", "without", "cut"],
)
def test_any_pdf_is_a_submission(content):
    """A PDF without attachments, or that is none, changes nothing."""
    submission = read({"report.pdf": content, "lab1.py": b"y = 2"})
    assert [file.name for file in submission.files] == ["lab1.py", "report.pdf"]


def test_a_pdf_that_breaks_its_reader_costs_its_attachments_only():
    """The fault is a note; the other files are graded."""

    def ask(_):
        raise BrokenReaderError("timed out")

    files = read_files("ab1", {"report.pdf": make_pdf(PACKED), "lab1.py": b"y = 2"})
    submission = add_attachments(files, ask, BrokenReaderError)
    assert len(submission.files) == 2
    assert "cannot be read (timed out)" in submission.notes[-1]


def test_hostile_names_and_floods_are_left_out():
    """No path leaves the report, no archive is taken, and attachments are counted."""
    hostile = {
        "../../lab1.py": b"1",
        "C:\\lab1.py": b"2",
        "more.zip": b"PK",
        "report.pdf": b"%PDF-",
        "x.exe": b"3",
    }
    submission = read({"report.pdf": make_pdf(hostile), "a.py": b""})
    assert [file.name for file in submission.files] == ["a.py", "report.pdf"]
    flood = make_pdf({f"m{number}.py": b"%d" % number for number in range(MAX_ATTACHMENTS + 20)})
    assert len(take_attachments(None, flood)) == MAX_ATTACHMENTS


def test_a_reply_that_is_no_mapping_of_bytes_is_ignored():
    """What comes back from the worker is a value to be checked, never trusted."""
    files = read_files("ab1", {"report.pdf": make_pdf(PACKED), "lab1.py": b"y = 2"})
    for reply in (None, [1], {"answers.toml": "text"}, {3: b""}):
        assert len(add_attachments(files, lambda _, reply=reply: reply, BrokenReaderError).files) == 2
