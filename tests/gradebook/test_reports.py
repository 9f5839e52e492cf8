"""Reports made again: a student reads in the PDF what a person marked."""

import numpy as np
import pytest
from pypdf import PdfReader

from grader.batch.evidence import FILE_NAME, dump_evidence, load_evidence
from grader.batch.reports import refresh_reports
from grader.errors import StaffError
from grader.gradebook.human import set_mark, set_override
from grader.gradebook.marks import list_outdated_reports
from grader.gradebook.standing import find_folder, find_standing


def read(path):
    """Return a PDF's text on one line."""
    return " ".join("".join(page.extract_text() for page in PdfReader(path).pages).split())


def test_marks_and_decisions_stand_in_the_report(run, book):
    """Points, reason and decision are there; a student for whom nobody marked keeps the old file."""
    run({"ann": "right", "bob": "right"})
    set_mark(book, find_standing(book, "ann"), "lab1.b", "comment", 2.5, "Bo", "no word on the rate")
    set_override(book, find_standing(book, "ann"), "", 50.0, "Prof", "an extension")
    assert refresh_reports(book) == (1, [])
    text = read(find_folder(book, "ann") / "report.pdf")
    assert "50 / 100" in text
    assert "no word on the rate" in text
    assert "the total: 50 instead of 4.5, decided by Prof: an extension" in text
    assert (find_folder(book, "bob") / "report.pdf").read_bytes() == b"%PDF-"
    assert refresh_reports(book, marked_only=False) == (2, [])
    assert "for a person to mark" in read(find_folder(book, "bob") / "report.pdf")


def test_a_report_without_the_last_mark_is_told(run, book):
    """From the mark until the report is made again, and for nobody else."""
    run({"ann": "right", "bob": "right"})
    assert list_outdated_reports(book) == []
    set_mark(book, find_standing(book, "ann"), "lab1.b", "comment", 2.5, "Bo")
    assert list_outdated_reports(book) == ["ann"]
    refresh_reports(book)
    assert list_outdated_reports(book) == []
    set_override(book, find_standing(book, "ann"), "lab1.b", 4.0, "Prof", "an appeal")
    assert list_outdated_reports(book) == ["ann"]


def test_missing_or_damaged_evidence_is_named(run, book):
    """The others are made all the same, and the old report stays."""
    run({"ann": "right", "bob": "right", "cyd": "right"})
    (find_folder(book, "ann") / FILE_NAME).unlink()
    (find_folder(book, "bob") / FILE_NAME).write_bytes(b"\x00")
    made, failed = refresh_reports(book, marked_only=False)
    assert made == 1
    assert [reason.split(":")[0] for reason in failed] == ["ann", "bob"]
    assert (find_folder(book, "bob") / "report.pdf").read_bytes() == b"%PDF-"
    assert run({"ann": "right", "bob": "right", "cyd": "right"}).graded_keys == {"ann"}


def test_evidence_comes_back_as_it_was():
    """Arrays to the byte, keys that are numbers, and values that are not finite."""
    evidence = {
        "runs": {"lab1.b": [{"loss": np.array([1.0, np.inf, np.nan]), "label": "λ"}]},
        "staircase": {"bits": [2, 3], "wq": {2: np.arange(4.0)}},
        "answers": {"1.1": [("explanation", "text")]},
    }
    again = load_evidence(dump_evidence(evidence))
    np.testing.assert_array_equal(again["runs"]["lab1.b"][0]["loss"], evidence["runs"]["lab1.b"][0]["loss"])
    np.testing.assert_array_equal(again["staircase"]["wq"][2], np.arange(4.0))
    assert again["answers"] == evidence["answers"]


@pytest.mark.parametrize("cut", [0, 1, 10, -1])
def test_cut_evidence_is_refused(cut):
    """With a message that says what to do, whatever was lost."""
    content = dump_evidence({"runs": {"lab1.b": [{"loss": np.arange(100.0)}]}})
    with pytest.raises(StaffError, match="grade this submission again"):
        load_evidence(content[:cut])
