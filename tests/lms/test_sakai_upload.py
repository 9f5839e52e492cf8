"""What is written for Sakai reaches every student whole, and nothing is written that Sakai would not take."""

import csv
import io
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.errors import StaffError, UsageError
from grader.gradebook.formats import sakai_upload
from grader.gradebook.formats.exporting import export_marks, read_original
from grader.gradebook.formats.reading import read_class
from grader.gradebook.formats.sakai_comment import write_comment
from grader.gradebook.formats.sakai_grades import fill_grades, read_rows
from grader.gradebook.formats.sakai_upload import write_sakai
from grader.gradebook.formats.tables import split_records
from grader.gradebook.records import Mark
from tests.lms.sakai_class import make_sakai_class
from tests.lms.sakai_reader import make_site, read_comment

PDF = b"%PDF-1.4\n% report of "


def make_marks(download, folder, **changes):
    marks = []
    for number, upload in enumerate(download.handed_in):
        report = folder / f"{number}.pdf"
        report.write_bytes(PDF + upload.key.encode())
        score = round((number * 7.77) % 100, 2)
        comment = f"{score} points: loss <= 0.1, λ = 2 & more\nsecond line for {upload.key}"
        marks.append(
            Mark(upload.key, upload.name, score, 100.0, 0.0, comment, report, upload.origin, {"lab1.b": 7.0})
        )
    return [replace(mark, **changes) for mark in marks]


def export(tmp_path, made, **changes):
    download = read_class(made.write_zip(tmp_path / "download.zip"))
    marks = make_marks(download, tmp_path, **changes)
    out = tmp_path / "upload.zip"
    return marks, out, write_sakai(marks, download, out)


@pytest.mark.parametrize("variant", ["named", "anonymous", "groups"])
@pytest.mark.parametrize("changes", [{}, {"separator": ";"}, {"feedback": "Rückmeldungen"}], ids=str)
def test_every_grade_comment_and_pdf_reaches_its_student(tmp_path, variant, changes):
    made = make_sakai_class(40, variant=variant, **changes)
    marks, out, _ = export(tmp_path, made)
    site = make_site(made)
    assert site.upload(out.name, out.read_bytes()), site.alerts
    assert site.ignored == []
    by_key = {mark.key: mark for mark in marks}
    for student in made.students:
        stored = site.submissions[site.users[student.eid]]
        mark = by_key.get(student.eid)
        if mark is None:
            assert (stored.grade, stored.comment, stored.feedback) == (None, "", {})
            continue
        assert float(stored.grade) == mark.score
        assert f"second line for {student.eid}" in stored.comment_text
        assert "loss at most 0.1, λ = 2 and more" in stored.comment_text
        assert list(stored.feedback.values()) == [PDF + student.eid.encode()]
        assert not stored.timestamp
        assert not stored.cleared


def test_grades_csv_keeps_every_other_byte(tmp_path):
    made = make_sakai_class(40)
    marks, out, _ = export(tmp_path, made)
    with zipfile.ZipFile(out) as archive:
        written = archive.read("hw4/grades.csv")
    scores = {mark.key: f"{mark.score:.2f}" for mark in marks}
    expected = []
    for number, line in enumerate(made.grades_csv().decode().splitlines(keepends=True)):
        cells = next(csv.reader([line]), [])
        if number < 3:
            expected.append(line)
        elif cells[1] in scores:
            date_and_late = line[line.rindex(',"', 0, line.rindex(',"')) :]
            head = line[: len(line) - len(date_and_late)].removesuffix('""')
            expected.append(f'{head}"{scores[cells[1]]}"{date_and_late}')
    assert written == "".join(expected).encode()
    assert written.startswith(b"\xef\xbb\xbf")


def test_nothing_else_lies_in_the_zip(tmp_path):
    _, out, _ = export(tmp_path, make_sakai_class(20))
    with zipfile.ZipFile(out) as archive:
        for name in archive.namelist():
            top, second, *rest = name.split("/")
            assert top == "hw4"
            assert (second == "grades.csv") == (not rest)
            assert rest in ([], ["comments.txt"]) or rest[0] == "Feedback Attachment(s)"
            assert name.isascii()


def test_a_second_export_has_the_same_bytes(tmp_path):
    made = make_sakai_class(10)
    _, out, _ = export(tmp_path, made)
    first = out.read_bytes()
    export(tmp_path, made)
    assert out.read_bytes() == first


def test_students_without_a_mark_and_marks_without_a_student_are_named(tmp_path):
    made = make_sakai_class(20)
    download = read_class(made.write_zip(tmp_path / "download.zip"))
    marks = make_marks(download, tmp_path)
    left_out = marks.pop(3)
    stranger = replace(marks[0], key="stranger", origin={})
    notes = " ".join(write_sakai([*marks, stranger], download, tmp_path / "upload.zip"))
    assert f"1 uploads of the download have no mark: {left_out.key}" in notes
    assert "1 marks of students that the download does not have: stranger" in notes
    assert "rows without a mark were left out" in notes
    site = make_site(made)
    assert site.upload("upload.zip", (tmp_path / "upload.zip").read_bytes())
    assert site.submissions[site.users[left_out.key]].grade is None


def test_an_id_that_sakai_takes_for_its_own_gets_a_grade_only(tmp_path):
    made = make_sakai_class(2)
    first = made.students[0]
    hostile = replace(first, eid="timestamp1", folder="Doe, Jane(timestamp1)")
    made = replace(made, students=(hostile, *made.students[1:]))
    _, out, notes = export(tmp_path, made)
    assert any("a grade only" in note and "timestamp1" in note for note in notes)
    site = make_site(made)
    assert site.upload(out.name, out.read_bytes())
    stored = site.submissions[site.users["timestamp1"]]
    assert stored.grade is not None
    assert not stored.comment
    assert not stored.timestamp


def test_grades_csv_alone_is_enough(tmp_path):
    made = make_sakai_class(5)
    download = read_class(made.write_zip(tmp_path / "download.zip"))
    table = tmp_path / "grades.csv"
    table.write_bytes(made.grades_csv())
    marks = make_marks(download, tmp_path)
    export_marks(marks, "sakai", read_original(table), tmp_path / "upload.zip")
    site = make_site(made)
    assert site.upload("upload.zip", (tmp_path / "upload.zip").read_bytes())
    assert all(site.submissions[site.users[mark.key]].grade for mark in marks)


@pytest.mark.parametrize("kind", ["LETTER_GRADE_TYPE", "UNGRADED_GRADE_TYPE"])
def test_grades_that_are_no_points_are_refused(tmp_path, kind):
    made = make_sakai_class(3)
    path = made.write_folder(tmp_path)
    (path / "grades.csv").write_bytes(made.grades_csv().replace(b"SCORE_GRADE_TYPE", kind.encode()))
    download = read_class(path)
    with pytest.raises(UsageError, match=kind):
        write_sakai(make_marks(download, tmp_path), download, tmp_path / "upload.zip")


def test_a_download_without_a_grade_file_is_refused_with_the_way_out(tmp_path):
    made = make_sakai_class(3)
    path = made.write_folder(tmp_path)
    (path / "grades.csv").unlink()
    download = read_class(path)
    with pytest.raises(UsageError, match=r"found no grades\.csv") as refusal:
        write_sakai(make_marks(download, tmp_path), download, tmp_path / "upload.zip")
    assert "download again" in str(refusal.value)


def test_pending_marks_block_until_it_is_said_otherwise(tmp_path):
    made = make_sakai_class(3)
    download = read_class(made.write_zip(tmp_path / "download.zip"))
    marks = make_marks(download, tmp_path, pending=4.0)
    out = tmp_path / "upload.zip"
    with pytest.raises(UsageError, match="12 points are still to be marked"):
        export_marks(marks, "sakai", download, out)
    assert not out.exists()
    notes = export_marks(marks, "sakai", download, out, pending_as_is=True)
    assert "went out although" in notes[0]


@pytest.mark.parametrize("score", [float("nan"), -1.0, 100.5, float("inf")])
def test_a_score_that_is_none_is_refused(tmp_path, score):
    made = make_sakai_class(2)
    download = read_class(made.write_zip(tmp_path / "download.zip"))
    with pytest.raises(StaffError, match="no score from 0 to the maximum"):
        write_sakai(make_marks(download, tmp_path, score=score), download, tmp_path / "upload.zip")


def test_two_marks_of_one_student_are_refused(tmp_path):
    made = make_sakai_class(2)
    download = read_class(made.write_zip(tmp_path / "download.zip"))
    marks = make_marks(download, tmp_path)
    with pytest.raises(StaffError, match="found two for"):
        write_sakai([*marks, marks[0]], download, tmp_path / "upload.zip")


@pytest.mark.parametrize(
    "damage",
    [
        lambda files: files | {"hw4/README.txt": b"x"},
        lambda files: {name.replace("hw4/", "hw4/hw4/"): content for name, content in files.items()},
        lambda files: files | {"hw4/grades.csv": files["hw4/grades.csv"].replace(b".", b",")},
        lambda files: files | {"hw4/grades.csv": b"\n".join(files["hw4/grades.csv"].split(b"\n")[2:])},
        lambda files: {name: content for name, content in files.items() if "comments" not in name},
        lambda files: files | {"hw4/student(aa0)/comments.txt": b"a <b> c"},
        lambda files: files | {"hw4/student(aa0)/Feedback Attachment(s)/hw4_report_aa0.pdf": PDF + b"other"},
        lambda files: files | {"hw4/student(aa0)/Feedback Attachment(s)/ta_comments.pdf": PDF},
        lambda files: files | {"other/student(aa0)/comments.txt": b"x"},
    ],
)
def test_what_sakai_would_not_take_is_never_left_on_disk(tmp_path, monkeypatch, damage):
    """The writer is broken on purpose: its own check must refuse what it wrote."""
    made = make_sakai_class(3)
    download = read_class(made.write_zip(tmp_path / "download.zip"))
    write = sakai_upload._write_zip

    def write_damaged(path, grades, folders):
        write(path, grades, folders)
        with zipfile.ZipFile(path) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in damage(files).items():
                archive.writestr(name, content)

    monkeypatch.setattr(sakai_upload, "_write_zip", write_damaged)
    out = tmp_path / "upload.zip"
    with pytest.raises(StaffError, match="would not be taken"):
        write_sakai(make_marks(download, tmp_path), download, out)
    assert [path for path in tmp_path.iterdir() if "upload" in path.name] == []


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\\"), max_size=12)
GRADES = st.floats(0, 100).map(lambda value: f"{value:.2f}")


@settings(max_examples=40, deadline=None)
@given(
    rows=st.dictionaries(
        CELLS.filter(bool), st.tuples(CELLS, CELLS, st.one_of(st.just(""), GRADES)), max_size=6
    ),
    chosen=st.data(),
    separator=st.sampled_from(",;"),
)
def test_any_names_survive_and_only_grades_change(rows, chosen, separator):
    def quote(cells):
        return separator.join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\n"

    header = ("Display ID", "ID", "Last Name", "First Name", "grade", "Submission date", "Late submission")
    lines = [quote(("T", "SCORE_GRADE_TYPE")), quote([""]), quote(header)]
    lines += [quote((eid, eid, last, first, old, "", "Unknown")) for eid, (last, first, old) in rows.items()]
    original = ("\ufeff" + "".join(lines)).encode()
    grades = {eid: chosen.draw(GRADES) for eid in rows if chosen.draw(st.booleans())}
    written = fill_grades(original, grades)
    assert {row.id: row.grade for row in read_rows(written)} == grades
    expected = lines[:3] + [
        quote((eid, eid, last, first, grades[eid], "", "Unknown"))
        for eid, (last, first, _) in rows.items()
        if eid in grades
    ]
    assert written == ("\ufeff" + "".join(expected)).encode()


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=3000))
def test_any_comment_arrives_in_plain_ascii(text):
    written = write_comment(text)
    assert written.isascii()
    assert not set(b"<>") & set(written)
    assert b"&" not in written.replace(b"&#", b"")
    as_read = read_comment(written)
    kept = [c for c in as_read.replace("<br>", "\n") if not c.isspace()]
    assert kept == [c for c in written.decode() if not c.isspace()]


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_records_cover_the_text_without_gap(text):
    records = split_records(text)
    start = 1 if text.startswith("\ufeff") else 0
    assert "".join(text[record.start : record.end] for record in records) == text[start:]
    if records and '"' not in text and "\r" not in text:
        expected = [row for row in csv.reader(io.StringIO(text[start:], newline="")) if row]
        found = [[field.value for field in record.fields] for record in records]
        assert [row for row in found if row != [""]] == expected
