"""Marking in bulk: a table goes out, the points come back, and no wrong row slips in."""

import csv
import io

import pytest

from grader.errors import UsageError
from grader.gradebook.marks import list_marks
from grader.gradebook.sheets import SheetOutcome, dump_pending, read_marks


def read(content):
    """Return the rows of a table."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def write(rows, delimiter=","):
    """Write rows as a spreadsheet does."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, rows[0].keys(), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def scores(book):
    """Return final scores by student."""
    return {mark.key: (mark.score, mark.pending) for mark in list_marks(book)}


@pytest.fixture
def rows(run, book):
    """The table of a class of three."""
    run({"ann": "right", "bob": "wrong", "=eve()": "right first"})
    return read(dump_pending(book))


def test_points_come_back_to_whom_they_were_given(book, rows):
    """Each row marks its own student; a row without points marks nobody."""
    assert [(row["student"], row["text"]) for row in rows] == [
        ("'=eve()", "text of the first"),
        ("ann", "it converges"),
        ("bob", "it converges"),
    ]
    rows[0]["points"], rows[1]["points"], rows[1]["reason"] = "3", " 1,5 ", "short"
    assert read_marks(book, write(rows), "Bo") == SheetOutcome(2, 0, 1)
    assert scores(book) == {"=eve()": (5.0, 0.0), "ann": (3.5, 0.0), "bob": (0.0, 3.0)}
    assert read_marks(book, write(rows), "Bo") == SheetOutcome(0, 2, 1)
    assert book.count("human_marks") == 2


def test_table_with_semicolons_is_read(book, rows):
    """As spreadsheets of many countries save it."""
    rows[1]["points"] = "2"
    assert read_marks(book, write(rows, ";"), "Bo").recorded == 1
    assert scores(book)["ann"] == (4.0, 0.0)


@pytest.mark.parametrize(
    ("column", "value", "complaint"),
    [
        ("points", "4", "found 4 points, expected 0 to 3"),
        ("points", "-1", "found -1 points"),
        ("points", "two", "found 'two', expected points"),
        ("points", "nan", "found nan points"),
        ("student", "zoe", "found no student 'zoe'"),
        ("item", "lab9.z", "found no item 'lab9.z'"),
        ("part", "trajectory", "nothing is left to a person"),
        ("of", "0123456789ab", "was exported for another upload or text"),
    ],
)
def test_one_wrong_row_keeps_all_out(book, rows, column, value, complaint):
    """Every row is checked before one is added; the message names the line."""
    rows[1]["points"], rows[2]["points"] = "1", "2"
    rows[2][column] = value
    with pytest.raises(UsageError, match=f"line 4: .*{complaint}"):
        read_marks(book, write(rows), "Bo")
    assert book.count("human_marks") == 0


def test_sorted_column_does_not_move_points_to_others(book, rows):
    """A column that was sorted alone is noticed: the rows are no longer what was exported."""
    rows[1]["points"] = rows[2]["points"] = "1"
    rows[1]["student"], rows[2]["student"] = rows[2]["student"], rows[1]["student"]
    with pytest.raises(UsageError, match=r"line 3: .*\n  line 4: "):
        read_marks(book, write(rows), "Bo")
    assert book.count("human_marks") == 0


def test_same_part_twice_is_refused(book, rows):
    """Of two rows for one thing none is right."""
    rows[1]["points"] = "1"
    with pytest.raises(UsageError, match=r"ann, lab1\.b, comment: found two rows"):
        read_marks(book, write([*rows, rows[1] | {"points": "2"}]), "Bo")


def test_table_of_an_earlier_upload_is_refused(run, book, rows):
    """Points for a text that was replaced meanwhile do not count for the new one."""
    rows[1]["points"] = "1"
    run({"ann": "right first"})
    with pytest.raises(UsageError, match=r"ann, lab1\.b, comment: was exported for another upload"):
        read_marks(book, write(rows), "Bo")


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"a,b\n1,2\n", b""])
def test_what_is_no_such_table_is_refused(book, rows, content):
    """With a message, not a crash."""
    with pytest.raises(UsageError, match="the table"):
        read_marks(book, content, "Bo")


def test_text_of_a_student_is_no_formula(run, book):
    """A spreadsheet that opens the table computes nothing."""
    run({"@cmd": "right", "-1+2": "right"})
    students = [row["student"] for row in read(dump_pending(book))]
    assert students == ["'-1+2", "'@cmd"]
