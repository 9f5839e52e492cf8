"""``hw4-grade`` on a class as a TA types it, with the real grader."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

from grader.gradebook.marks import list_marks
from grader.gradebook.standing import find_standing
from grader.gradebook.store import Gradebook
from tests.bank.mistakes import list_mistakes, write_submission
from tests.bank.paths import RIGHT, SAMPLE

pytestmark = pytest.mark.slow
COMMAND = Path(sys.executable).with_name("hw4-grade")


def start(*arguments, **more):
    """Start the command."""
    return subprocess.Popen(
        [COMMAND, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"NO_COLOR": "1", "COLUMNS": "120"},
        **more,
    )


def run(*arguments, **more):
    """Run the command; returns status, output and errors."""
    process = start(*arguments, **more)
    output, errors = process.communicate(timeout=600)
    return process.returncode, output, errors


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class of four that was killed after its first result and then graded to the end."""
    work = tmp_path_factory.mktemp("class")
    source = work / "class"
    shutil.copytree(RIGHT / "vectorized_numpy", source / "Ann Right")
    shutil.copytree(SAMPLE, source / "sample")
    (source / "broken").mkdir()
    (source / "broken" / "lab1.py").write_text("def gd_step(:\n")
    mistake = next(mistake for mistake in list_mistakes() if str(mistake) == "gd_step.in_place")
    (source / "wrong").mkdir()
    write_submission(mistake, source / "wrong")
    (source / "wrong" / "torch.py").write_text("raise SystemExit('imported from the folder we stand in')\n")
    process = start(source, "--no-finetune", "--jobs", "1", cwd=source / "wrong")
    while not (line := process.stdout.readline()).startswith("1/4"):
        assert line, process.stderr.read()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    with Gradebook.open(work / "class-results") as book:
        first = [row["uid"] for row in book.rows("SELECT uid FROM results")]
    return source, run(source, "--no-finetune", "--jobs", "1", cwd=source / "wrong"), first


def read_result(source):
    """Read the sample's result from its folder."""
    return json.loads((source.parent / "class-results" / "sample" / "results.json").read_text())


def test_killed_class_is_graded_to_the_end(graded):
    """What was there stays, the rest is made once, and the exit status tells that code was unreadable."""
    source, (status, output, errors), first = graded
    assert status == 1, output + errors
    with Gradebook.open(source.parent / "class-results") as book:
        rows = book.rows("SELECT uid, outcome FROM results ORDER BY at")
        assert [row["outcome"] for row in rows] == ["graded"] * 4
        assert first == [rows[0]["uid"]]
        marks = {mark.key: mark for mark in list_marks(book)}
        assert sorted(marks) == ["Ann Right", "broken", "sample", "wrong"]
        assert marks["sample"].score == read_result(source)["score"] > 50.0
        assert marks["broken"].score == 0.0
        assert find_standing(book, "Ann Right").attempt.sha256
    assert "1 unchanged" in output
    assert "4 students: 4 graded" in output
    assert "need a person" in output


def test_report_of_a_class_shows_a_student_nothing_hidden(graded):
    """What goes back to students holds no expected value and no seed; the staff's result has them."""
    folder = graded[0].parent / "class-results" / "sample"
    result = json.loads((folder / "results.json").read_text())
    expected = [check["expected"] for check in result["checks"] if check["expected"]]
    assert expected
    assert result["provenance"]["seed"]
    reader = PdfReader(folder / "report.pdf")
    attached = json.loads(reader.attachments["results.json"][0])
    assert not [check for check in attached["checks"] if check["expected"] or check["inputs"]]
    assert "seed" not in attached["provenance"]
    text = "".join(page.extract_text() for page in reader.pages)
    assert str(result["provenance"]["seed"]) not in text


def test_summary_is_there_in_three_forms(graded):
    """On the terminal, as a PDF, as tables; all from the same figures."""
    source, (_, output, _), _ = graded
    folder = source.parent / "class-results"
    rows = csv.DictReader((folder / "marks.csv").open(encoding="utf-8-sig"))
    assert {row["student"]: row["score"] for row in rows}["sample"] == str(read_result(source)["score"])
    figures = csv.DictReader((folder / "summary.csv").open(encoding="utf-8-sig"))
    sections = {row["section"] for row in figures}
    assert {"outcome", "scores", "item failed", "mistake", "needs a person"} <= sections
    text = "".join(page.extract_text() for page in PdfReader(folder / "summary.pdf").pages)
    for words in (
        "Scores so far",
        "Items most often failed",
        "Mistakes most often made",
        "hard thresholding",
    ):
        assert words in text
    assert "hard thresholding" in output


def test_second_run_starts_nothing(graded):
    """Where nothing changed, no submission is graded, and nothing is added."""
    source, _, _ = graded
    before = (source.parent / "class-results" / "sample" / "results.json").stat().st_mtime_ns
    _, output, _ = run(source, "--no-finetune")
    assert "this run: 0 graded, 4 unchanged" in output
    assert (source.parent / "class-results" / "sample" / "results.json").stat().st_mtime_ns == before


def test_marks_are_given_and_told_by_commands(graded, tmp_path):
    """A mark, an override, the history, a table out and in, and a merge, as a TA types them."""
    book = graded[0].parent / "class-results"
    result = read_result(graded[0])
    given = run("mark", book, "sample", "lab1.b", "comment", "0.5", "--author", "Bo")[1]
    assert given == f"sample: {result['score'] + 0.5:g} of 100, {result['pending'] - 1:g} pending\n"
    status, _, errors = run("mark", book, "sample", "lab1.b", "comment", "7", "--author", "Bo")
    assert (status, errors.split("\n")[0]) == (
        2,
        "hw4-grade: error: sample, lab1.b, comment: found 7 points, expected 0 to 1",
    )
    run("override", book, "sample", "90", "--author", "Prof", "--reason", "appeal of 3 May")
    told = run("history", book, "sample")[1]
    assert [line.split()[1] for line in told.splitlines()[:-1]] == ["upload", "result", "mark", "override"]
    assert told.endswith("sample: 90 of 100\n")
    assert "no mark" not in run("marks", book)[1]
    run("marks", book, "--csv", tmp_path / "pending.csv")
    output = run("marks", book, "--import", tmp_path / "pending.csv", "--author", "Bo")[1]
    assert output.startswith("0 marks added")
    assert run("gradebook", "check", book)[0] == 0
    status, output, errors = run("gradebook", "merge", tmp_path / "all", book)
    assert (status, "4 results" in output) == (0, True), errors
