"""A class goes the whole way: download, grade, kill, resume, human marks, export, into Sakai again.

`make class` does it with 200 students; HW4_CLASS_STUDENTS is their number.
"""

import csv
import io
import os
import signal

import pytest

from grader.gradebook.marks import list_marks, list_unsettled
from grader.gradebook.store import Gradebook
from tests.gradebook.test_class_command import run, start
from tests.lms.sakai_class import make_sakai_class
from tests.lms.sakai_reader import make_site

pytestmark = pytest.mark.slow
STUDENTS = int(os.environ.get("HW4_CLASS_STUDENTS", "20"))
KILLS = 2


def fill_in(content):
    """Give points to every row of a table of pending parts: a different number for each student."""
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    given = {}
    for row in rows:
        points = round(float(row["out_of"]) * (sum(map(ord, row["student"])) % 5) / 4, 2)
        row["points"] = f"{points:g}"
        key = row["student"].removeprefix("'")
        given[key] = given.get(key, 0.0) + points
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig"), given


@pytest.mark.parametrize("variant", ["named", "anonymous"] if STUDENTS > 20 else ["named"])
def test_no_mark_is_lost_doubled_or_misassigned(tmp_path, variant):
    """What Sakai holds in the end is, for each student, what the gradebook says, and nothing else."""
    made = make_sakai_class(STUDENTS, variant=variant)
    download = made.write_zip(tmp_path / "hw4.zip")
    results = tmp_path / "hw4-results"
    for kill in range(KILLS):
        process = start(download, "--no-finetune", "--jobs", "2")
        wanted = f"{1 + (1 + kill) * len(made.handed_in) // (KILLS + 2)}/"
        while not (line := process.stdout.readline()).startswith(wanted):
            assert line, process.stderr.read()
        process.send_signal(signal.SIGKILL)
        process.communicate()
    status, output, errors = run(download, "--no-finetune", "--jobs", "2")
    assert status in (0, 1), output + errors

    with Gradebook.open(results) as book:
        assert not list_unsettled(book), output
        graded = {mark.key: mark for mark in list_marks(book)}
        assert sorted(graded) == sorted(student.eid for student in made.handed_in)
        per_attempt = book.rows("SELECT count(*) AS n FROM results GROUP BY attempt_id")
        assert [row["n"] for row in per_attempt] == [1] * len(graded)

    export = ("export", results, "--to", "sakai", "--download", download, "--out", tmp_path / "up.zip")
    assert run(*export)[0] == 2  # persons still owe points
    run("marks", results, "--csv", tmp_path / "pending.csv")
    filled, given = fill_in((tmp_path / "pending.csv").read_bytes())
    (tmp_path / "filled.csv").write_bytes(filled)
    status, output, errors = run("marks", results, "--import", tmp_path / "filled.csv", "--author", "Bo")
    assert status == 0, errors
    assert "lack what persons marked" in run(*export)[1]
    assert run("reports", results)[0] == 0
    status, output, errors = run(*export)
    assert status == 0, output + errors
    assert "lack what persons marked" not in output

    site = make_site(made)
    assert site.upload("up.zip", (tmp_path / "up.zip").read_bytes()), site.alerts
    final = {mark.key: mark for mark in list_marks(results)}
    for student in made.students:
        stored = site.submissions[site.users[student.eid]]
        if student.submitted_at is None:
            assert stored.grade is None
            assert not stored.feedback
            continue
        mark = final[student.eid]
        assert mark.pending == 0
        assert float(stored.grade) == pytest.approx(mark.score, abs=0.0051)
        assert len(stored.feedback) == 1
        assert next(iter(stored.feedback.values())) == mark.report.read_bytes()
        before, after = graded[student.eid], sum(mark.items.values())
        assert after == pytest.approx(sum(before.items.values()) + given.get(student.eid, 0.0))
