"""A run over a class: no submission stops another, and only what changed is graded again."""

import contextlib
import json
import re
from datetime import UTC, datetime

import pytest

from grader.batch import planning
from grader.errors import StaffError, UsageError
from grader.gradebook.history import tell_history
from grader.gradebook.marks import list_marks, list_unsettled
from grader.gradebook.records import ClassDownload
from grader.gradebook.schema import TABLES
from grader.gradebook.standing import find_folder, find_standing, unpack_result
from tests.gradebook.conftest import hand_in

RIGHT = {"ann": "right", "bob": "wrong", "eve": "right first"}


def outcomes(book):
    """Return every result's student and outcome, in order."""
    rows = book.rows(
        "SELECT s.key, r.outcome FROM results r JOIN attempts a ON a.id = r.attempt_id "
        "JOIN students s ON s.id = a.student_id ORDER BY s.key, r.at"
    )
    return [(row["key"], row["outcome"]) for row in rows]


def test_bad_submissions_do_not_stop_the_rest(run, book):
    """An exception, an exit, a crash and an upload that cannot be read cost those four alone."""
    outcome = run(
        {
            "a": "right",
            "b": "raises",
            "c": "crashes",
            "d": "exits",
            "e": UsageError("lab1.zip: is damaged"),
            "f": ValueError("a bug in a reader"),
            "g": "right",
        },
        jobs=2,
    )
    assert {mark.key: mark.score for mark in list_marks(book)} == {"a": 2.0, "g": 2.0}
    reasons = {student.key: student.reason for student in list_unsettled(book)}
    assert sorted(reasons) == ["b", "c", "d", "e", "f"]
    assert "RuntimeError: \x1b[31mthe fake broke (fake_engine.py, line" in reasons["b"]
    assert "signal SIGABRT" in reasons["c"]
    assert "SystemExit" in reasons["d"]
    assert reasons["e"] == "cannot be read: lab1.zip: is damaged"
    assert reasons["f"].startswith("not graded, our fault: ValueError")
    assert (outcome.graded, sorted(outcome.faults), outcome.unreadable) == (2, ["b", "c", "d", "f"], 1)
    assert "\x1b" not in outcome.text


def test_submission_that_hangs_the_grader_is_given_up(run, book):
    """Whatever hangs on our side is ended, tried once more, and written down as our fault."""
    run({"a": "hangs", "b": "right"}, grading_seconds=0.5)
    assert outcomes(book) == [("a", "fault"), ("b", "graded")]


def test_engine_that_cannot_start_stops_the_run_and_gives_nobody_a_result(run, book):
    """A broken installation is the staff's, never a class of zeros."""
    with pytest.raises(StaffError, match="no numpy here"):
        run(RIGHT, choices={"broken": True})
    assert outcomes(book) == []
    assert list_marks(book) == []


def test_nothing_is_graded_twice_without_a_reason(run, book):
    """The second run finds everything done and starts no process."""
    assert run(RIGHT).graded == 3
    before = {table: book.count(table) for table in TABLES}
    assert (before["students"], before["results"]) == (3, 3)
    again = run(RIGHT)
    assert (again.graded, again.unchanged) == (0, 3)
    assert before == {table: book.count(table) for table in TABLES}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("upload", "a new upload"),
        ("grader", "the grader or a package changed"),
        ("assignment", "the assignment's data, rubric or key changed"),
        ("choices", "options changed: points was None, is 4.0"),
        ("report", "report.pdf missing"),
        ("regrade", "graded again, as asked"),
    ],
)
def test_what_changed_is_graded_again_with_the_reason(run, book, monkeypatch, change, reason):
    """Bytes, grader, assignment, options, a lost report, and on demand."""
    run({"ann": "right", "bob": "wrong"})
    codes, choices, flags = {"ann": "right", "bob": "wrong"}, {}, {}
    if change == "upload":
        codes["ann"] = "right again"
    elif change == "choices":
        choices = {"points": 4.0}
    elif change == "report":
        (find_folder(book, "ann") / "report.pdf").unlink()
    elif change == "regrade":
        flags = {"regrade": True}
    else:
        monkeypatch.setattr(planning, f"fingerprint_{change}", lambda: "another")
    outcome = run(codes, choices=choices, **flags)
    rows = book.rows("SELECT reason FROM results ORDER BY at")
    everybody = change not in ("upload", "report")
    assert outcome.graded == (2 if everybody else 1)
    assert {row["reason"] for row in rows[2:]} == {reason}


def test_regrade_tells_old_and_new_points_and_keeps_the_old(run, book):
    """A change of the rubric shows per student and check, with why; both results stay."""
    run(RIGHT)
    outcome = run(RIGHT, choices={"points": 4.0})
    told = {(change.key, change.what): (change.old, change.new) for change in outcome.changes}
    assert told["ann", "lab1.b.one_step"] == (2.0, 4.0)
    assert told["ann", "total"] == (2.0, 4.0)
    assert ("bob", "total") not in told
    assert all(change.reason.startswith("options changed") for change in outcome.changes)
    told = [entry.details for entry in tell_history(book, "ann") if entry.what == "result"]
    assert told[0] == ()
    assert told[1][0] == "lab1.b.one_step: 2 → 4; was passed; is passed"
    assert told[1][-1] == "total: 2 → 4"
    scores = [unpack_result(row)["score"] for row in book.rows("SELECT * FROM results")]
    assert sorted(scores) == [0.0, 0.0, 2.0, 2.0, 4.0, 4.0]


def test_our_fault_is_tried_again_and_never_leaves_an_old_score(run, book, monkeypatch):
    """Where a regrade fails, the student has no mark, and no file that looks like one."""
    run({"ann": "right"})
    monkeypatch.setattr("tests.gradebook.conftest.ENGINE", "tests.gradebook.test_run:start_broken")
    outcome = run({"ann": "right"}, regrade=True)
    assert "ann" in outcome.faults
    assert list_marks(book) == []
    assert "our fault" in list_unsettled(book)[0].reason
    assert not list(find_folder(book, "ann").iterdir())
    monkeypatch.undo()
    run({"ann": "right"})
    assert [mark.score for mark in list_marks(book)] == [2.0]
    assert outcomes(book) == [("ann", "graded"), ("ann", "fault"), ("ann", "graded")]


def start_broken(_options):
    """An engine that starts and then grades nothing."""

    class Broken:
        def grade(self, order):
            raise StaffError("the warm process is gone")

    return contextlib.nullcontext(Broken())


def test_twice_names_the_checks_that_differ(run, book):
    """A check that is not deterministic is found, and stands in the gradebook."""
    outcome = run({"ann": "right", "bob": "stray"}, twice=True)
    assert list(outcome.unstable) == ["bob"]
    assert re.fullmatch(r"lab1\.b\.one_step: got '\d' then '\d'", outcome.unstable["bob"][0])
    assert json.loads(find_standing(book, "bob").row["unstable"])
    assert json.loads(find_standing(book, "ann").row["unstable"]) == []


def test_later_upload_counts_and_the_earlier_stays(run, book):
    """A student who uploads again is graded by the later upload; both are kept."""
    run({"ann": "right"})
    run({"ann": "wrong"})
    assert [mark.score for mark in list_marks(book)] == [0.0]
    assert outcomes(book) == [("ann", "graded"), ("ann", "graded")]
    run({"ann": "right"})  # the first upload again, as when an upload was withdrawn
    assert [mark.score for mark in list_marks(book)] == [2.0]


def test_students_missing_from_a_later_download_stay(run, book):
    """A partial download loses nobody."""
    run(RIGHT)
    run({"ann": "right"})
    assert [mark.key for mark in list_marks(book)] == ["ann", "bob", "eve"]


def test_what_the_lms_told_is_kept(run, book, tmp_path):
    """Names, origins, times and the LMS's own files are there for an export."""
    when = datetime(2020, 10, 16, 12, 0, tzinfo=UTC)
    uploads = (hand_in("ann", "right", name="Änn Ö", submitted_at=when, origin={"folder": "Ö, Änn(ann)"}),)
    run(ClassDownload("sakai", tmp_path, uploads, ("one note",), {"grades.csv": b"\xef\xbb\xbf"}))
    mark = list_marks(book)[0]
    assert (mark.name, mark.origin, mark.report.name) == ("Änn Ö", {"folder": "Ö, Änn(ann)"}, "report.pdf")
    assert find_standing(book, "ann").attempt.submitted_at == when.isoformat()
    row = book.first("SELECT f.content FROM download_files d JOIN files f ON f.sha256 = d.sha256")
    assert row["content"] == b"\xef\xbb\xbf"


def test_progress_tells_done_failed_and_time_left(run):
    """Without a terminal there is a plain line per submission."""
    text = run({"ann": "right", "bob": "raises", "eve": "right"}).text
    lines = text.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("1/3  ann: 2 of 100, 3 pending")
    assert lines[1].startswith("2/3  bob: not graded, our fault: RuntimeError")
    assert "1 failed" in lines[2]
    assert "/s" in lines[2]
    assert "left" in lines[2]


def test_hostile_keys_stay_inside_the_folder_of_results(run, book, tmp_path):
    """No key, whatever an LMS or a student calls a folder, writes outside or onto the gradebook."""
    keys = ["../../evil", "gradebook.sqlite", "a/b", "..", "ann", "Ann", "名前", "=cmd()", "summary.pdf"]
    run(dict.fromkeys(keys, "right"))
    assert [mark.key for mark in list_marks(book)] == sorted(keys)
    folders = {find_folder(book, key) for key in keys}
    assert len(folders) == len(keys)
    assert all(folder.parent == book.folder and (folder / "results.json").is_file() for folder in folders)
    assert not (tmp_path.parent / "evil").exists()
