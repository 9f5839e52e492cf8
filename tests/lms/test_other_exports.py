"""Canvas, Moodle, tables and the command: every grade on the right student, and no formula."""

import csv
import io
import json
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.cli import cli
from grader.errors import UsageError
from grader.gradebook import export_command
from grader.gradebook.formats.exporting import WRITERS, export_marks, read_original
from grader.gradebook.formats.marks import format_score
from grader.gradebook.formats.tables import defuse, write_table
from grader.gradebook.records import ClassDownload, Mark

GRADEBOOK = """\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Homework 3 (11),Homework 4 (12),Final Score
    Manual Posting,,,,,,,
    Points Possible,,,,,50.00,100.00,(read only)
"Doe, Jane",101,0123,jd,ECE 590-01,44,,80
"=HYPERLINK(""x"")",102,,rs,ECE 590-01,40,5,70
"Tan, Tess",103,,tt,ECE 590-01,41,EX,60
"Ng, Not Here",104,,nn,ECE 590-01,42,,50
"""
COLUMNS = (
    "Identifier,Full name,Status,Grade,Maximum Grade,Grade can be changed,"
    "Last modified (grade),Feedback comments"
)
WORKSHEET = f"""{COLUMNS}
Participant 101,Jane Doe,Submitted,,100.00,Yes,-,
Participant 102,=1+1,Submitted,5.00,100.00,Yes,"Friday, 16 October 2020, 8:00 AM",old
Participant 103,Tess Tan,Submitted,,100.00,No,-,
Participant 104,Not Here,No submission,,100.00,Yes,-,
"""


@pytest.fixture
def marks(tmp_path):
    report = tmp_path / "report.pdf"
    report.write_bytes(b"%PDF-1.4")
    return [
        Mark("101", "Doe, Jane", 86.5, 100.0, 0.0, "good < fair & <b>\n2nd", report, {}, {"lab1.b": 7.0}),
        Mark("102", "@SUM(A1)", 0.0, 100.0, 0.0, "=cmd|' /C calc'!A0", None),
        Mark("103", "Tan, Tess", 99.996, 100.0, 0.0, "", report),
    ]


def read(path):
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def original(tmp_path, text):
    path = tmp_path / "original.csv"
    path.write_text(text, encoding="utf-8")
    return read_original(path)


def test_canvas_gets_one_column_on_the_right_ids(tmp_path, marks):
    out = tmp_path / "canvas.csv"
    notes = export_marks(marks, "canvas", original(tmp_path, GRADEBOOK), out)
    assert read(out) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Homework 4 (12)"],
        ["    Points Possible", "", "", "", "", "100.00"],
        ["Doe, Jane", "101", "0123", "jd", "ECE 590-01", "86.50"],
        ['\'=HYPERLINK("x")', "102", "", "rs", "ECE 590-01", "0.00"],
    ]
    assert any("excused" in note and "103" in note for note in notes)


def test_canvas_without_its_gradebook_gets_ids(tmp_path, marks):
    out = tmp_path / "canvas.csv"
    notes = export_marks(marks, "canvas", None, out, column="Homework 4 (12)")
    rows = read(out)
    assert rows[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Homework 4 (12)"]
    assert [row[1:2] + row[-1:] for row in rows[2:]] == [["101", "86.50"], ["102", "0.00"], ["103", "100.00"]]
    assert rows[3][0] == "'@SUM(A1)"
    assert not any("will ask" in note for note in notes)
    assert any("will ask" in note for note in export_marks(marks, "canvas", None, out))


@pytest.mark.parametrize(
    ("table", "column", "says"),
    [
        (GRADEBOOK.replace("Homework 4 (12)", "Lab B (12)"), "", "found 0 columns"),
        (GRADEBOOK.replace("Homework 3 (11)", "HW4 redo (11)"), "", "found 2 columns"),
        (GRADEBOOK, "Homework 9 (1)", "found 0 columns for 'Homework 9"),
        (GRADEBOOK.replace("100.00", "50.00"), "", "50 points possible, expected 100"),
    ],
)
def test_a_column_of_canvas_that_cannot_be_meant_is_refused(tmp_path, marks, table, column, says):
    out = tmp_path / "canvas.csv"
    with pytest.raises(UsageError, match=says):
        export_marks(marks, "canvas", original(tmp_path, table), out, column=column)
    assert not out.exists()


def test_anonymous_ids_of_canvas_are_refused(tmp_path, marks):
    with pytest.raises(UsageError, match="no mark under a user id"):
        export_marks([replace(marks[0], key="Ab3x")], "canvas", None, tmp_path / "x.csv")


def test_moodle_keeps_the_worksheet_and_its_dates(tmp_path, marks):
    out = tmp_path / "moodle.csv"
    notes = export_marks(marks, "moodle", original(tmp_path, WORKSHEET), out)
    header, *rows = read(out)
    assert header == COLUMNS.split(",")
    assert rows[0][6] == "-"
    assert [row[:1] + row[3:4] for row in rows] == [["Participant 101", "86.50"], ["Participant 102", "0.00"]]
    assert rows[1][1] == "'=1+1"
    assert rows[1][6] == "Friday, 16 October 2020, 8:00 AM"
    assert rows[0][7] == "<p>good &lt; fair &amp; &lt;b&gt;<br>2nd</p>"
    assert rows[1][7].startswith("<p>=cmd")
    assert any("cannot be changed" in note and "103" in note for note in notes)


def test_moodle_takes_the_zip_by_the_number_alone(tmp_path, marks):
    export_marks(marks, "moodle", None, tmp_path / "moodle.csv")
    with zipfile.ZipFile(tmp_path / "moodle-feedback.zip") as archive:
        names = archive.namelist()
    assert len(names) == 2
    for name, key in zip(names, ("101", "103"), strict=True):
        folder, _, file = name.partition("/")
        parts = folder.split("_")
        assert (parts[1], "_".join(parts[2:4])) == (key, "assignsubmission_file")
        assert file == f"hw4_report_{key}.pdf"


def test_another_maximum_in_moodle_is_refused(tmp_path, marks):
    table = WORKSHEET.replace("100.00", "10.00")
    with pytest.raises(UsageError, match="maximum grade of 10, expected 100"):
        export_marks(marks, "moodle", original(tmp_path, table), tmp_path / "x.csv")


def test_a_table_for_people_holds_no_formula(tmp_path, marks):
    export_marks(marks, "csv", None, tmp_path / "marks.csv")
    rows = read(tmp_path / "marks.csv")
    assert rows[0] == ["key", "name", "score", "max_score", "pending", "lab1.b", "comment", "report"]
    assert rows[2][1] == "'@SUM(A1)"
    assert rows[2][6].startswith("'=cmd")
    assert [row[2] for row in rows[1:]] == ["86.50", "0.00", "100.00"]


def test_json_holds_everything(tmp_path, marks):
    export_marks(marks, "json", None, tmp_path / "marks.json")
    loaded = json.loads((tmp_path / "marks.json").read_text())
    assert [mark["key"] for mark in loaded["marks"]] == ["101", "102", "103"]
    assert loaded["marks"][0]["items"] == {"lab1.b": 7.0}


@pytest.mark.parametrize("to", sorted(WRITERS))
def test_no_marks_and_pending_marks_leave_no_file(tmp_path, marks, to):
    out = tmp_path / "x"
    with pytest.raises(UsageError, match="found no marks"):
        export_marks([], to, None, out)
    with pytest.raises(UsageError, match="still to be"):
        export_marks([replace(marks[0], pending=1.0)], to, None, out)
    assert not out.exists()


def test_the_download_of_another_lms_is_refused(tmp_path, marks):
    with pytest.raises(UsageError, match="download of canvas, expected one of moodle"):
        export_marks(marks, "moodle", original(tmp_path, GRADEBOOK), tmp_path / "x.csv")


def test_an_unknown_table_is_refused_by_its_columns(tmp_path):
    with pytest.raises(UsageError, match="name, points"):
        original(tmp_path, "name,points\nx,1\n")


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=1), min_size=1)
)
def test_no_cell_of_any_table_is_a_formula(rows):
    for row in csv.reader(io.StringIO(write_table(rows), newline="")):
        for cell in row:
            assert cell == "-" or not cell.lstrip().startswith(("=", "+", "-", "@"))


@settings(max_examples=100, deadline=None)
@given(st.floats(0, 100))
def test_a_score_is_written_as_every_lms_reads_it(score):
    written = format_score(score)
    assert written == defuse(written)
    assert len(written.partition(".")[2]) == 2
    assert abs(float(written) - score) <= 0.005 + 1e-9


@dataclass
class Book:
    """A gradebook for the command."""

    marks: list
    missing: list
    recorded: list

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


@pytest.fixture
def run(monkeypatch, marks, tmp_path):
    def invoke(*arguments, missing=(), marks=marks):
        book = Book(marks, list(missing), [])
        monkeypatch.setattr(export_command, "open_book", lambda _: book)
        monkeypatch.setattr(
            export_command,
            "list_book",
            lambda _, only: ([mark for mark in book.marks if only in ("", mark.key)], book.missing),
        )
        monkeypatch.setattr(
            export_command, "record_export", lambda *details: book.recorded.append(details[1:])
        )
        done = CliRunner().invoke(cli, ["export", str(tmp_path / "book"), *map(str, arguments)])
        return done, book

    return invoke


def test_the_command_writes_and_writes_down(run, tmp_path):
    done, book = run("--to", "csv", "--out", tmp_path / "marks.csv")
    assert done.exit_code == 0, done.output
    assert f"export: {tmp_path / 'marks.csv'}" in done.output
    assert [entry[:2] for entry in book.recorded] == [("csv", str(tmp_path / "marks.csv"))]


def test_the_command_names_who_has_no_mark(run, tmp_path):
    done, _ = run("--to", "csv", "--out", tmp_path / "marks.csv", missing=[("104", "unreadable")])
    assert "no mark: 104: unreadable" in done.output
    assert "1 students have no mark" in str(done.exception)
    assert (tmp_path / "marks.csv").exists()


def test_the_command_stops_at_pending_marks(run, tmp_path, marks):
    pending = [replace(mark, pending=2.0) for mark in marks]
    out = tmp_path / "marks.csv"
    done, book = run("--to", "csv", "--out", out, marks=pending)
    assert isinstance(done.exception, UsageError)
    assert "--pending-as-is" in str(done.exception)
    assert not book.recorded
    done, book = run("--to", "csv", "--out", out, "--pending-as-is", marks=pending)
    assert done.exit_code == 0
    assert book.recorded


def test_one_student_goes_to_gradescope(run, tmp_path):
    done, _ = run("--to", "gradescope", "--out", tmp_path / "results.json", "--only", "101")
    assert done.exit_code == 0, done.output
    assert json.loads((tmp_path / "results.json").read_text())["score"] == 86.5
    done, _ = run("--to", "gradescope", "--out", tmp_path / "again.json")
    assert "name the student with --only" in str(done.exception)


def test_a_download_is_no_table(tmp_path):
    assert isinstance(read_original(Path(__file__).parents[1] / "sample_submission"), ClassDownload)
