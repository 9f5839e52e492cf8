"""A run that is killed at any instant goes on with nothing lost and nothing doubled."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from grader.gradebook.marks import list_marks, list_unsettled
from grader.gradebook.standing import find_folder
from grader.gradebook.store import Gradebook
from tests.bank.paths import REPOSITORY

# `make kill` sets it to 100.
POINTS = int(os.environ.get("HW4_KILL_POINTS", "4"))
STUDENTS = 10
EACH_RUN = 3  # kills before a run is let through


def start(source, folder):
    """Start a run in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.gradebook.driver", source, folder],
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def list_results(folder):
    """Return the identities of the results that are in the gradebook now."""
    if not (folder / "gradebook.sqlite").is_file():
        return set()
    with Gradebook.open(folder) as book:
        book.check()
        return {row["uid"] for row in book.rows("SELECT uid FROM results")}


def kill_when(process, folder, wanted, delay):
    """Kill a run a moment after it has got so far; most of its time it only starts."""
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        line = process.stdout.readline() if wanted else ""
        if not wanted or line.startswith(f"{wanted}/"):
            break
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    process.communicate()


@pytest.fixture
def source(tmp_path):
    """A class on disk: every second student is right, one submission fails."""
    folder = tmp_path / "class"
    for number in range(STUDENTS):
        (folder / f"student{number}").mkdir(parents=True)
        word = "raises" if number == 7 else "right" if number % 2 else "wrong"
        code = f"def gd_step():\n    return '{word} {number}'\n"
        (folder / f"student{number}" / "lab1.py").write_text(code)
    return folder


@pytest.mark.parametrize("seed", range(-(-POINTS // EACH_RUN)))
def test_killed_run_goes_on_where_it_was(source, tmp_path, seed):
    """Whenever it is killed, what was written is there, and the next run makes the rest, once."""
    draw = random.Random(seed)
    folder = tmp_path / "results"
    folder.mkdir()
    kept = set()
    for _ in range(min(EACH_RUN, POINTS - seed * EACH_RUN)):
        process = start(source, folder)
        kill_when(process, folder, draw.randrange(STUDENTS), draw.random() * 0.05)
        now = list_results(folder)
        assert kept <= now
        kept = now
    last = start(source, folder)
    _, errors = last.communicate(timeout=120)
    assert last.returncode == 0, errors
    with Gradebook.open(folder) as book:
        book.check()
        assert kept <= {row["uid"] for row in book.rows("SELECT uid FROM results")}
        per_attempt = book.rows("SELECT count(*) AS n, outcome FROM results GROUP BY attempt_id")
        assert len(per_attempt) == STUDENTS
        # Only what failed is tried again; no result is made twice.
        assert {row["n"] for row in per_attempt if row["outcome"] == "graded"} == {1}
        assert (book.count("students"), book.count("attempts"), book.count("sightings")) == (STUDENTS,) * 3
        marks = {mark.key: mark.score for mark in list_marks(book)}
        assert marks == {f"student{n}": 2.0 * (n % 2) for n in range(STUDENTS) if n != 7}
        assert [student.key for student in list_unsettled(book)] == ["student7"]
        for key in marks:
            assert (find_folder(book, key) / "results.json").is_file()
            assert not [path for path in find_folder(book, key).iterdir() if path.name.startswith(".")]


def test_killed_run_leaves_no_process(source, tmp_path):
    """The jobs end with the run that started them, however it ends."""
    folder = tmp_path / "results"
    folder.mkdir()
    process = start(source, folder)
    while not process.stdout.readline().startswith("2/"):
        assert process.poll() is None
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    jobs = [int(word) for word in children.split()]
    assert len(jobs) in (1, 2)
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and any(_is_running(job) for job in jobs):
        time.sleep(0.02)
    assert not [job for job in jobs if _is_running(job)]


def _is_running(process):
    """Tell whether a process exists and is no zombie that nobody reaps."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_interrupted_run_says_how_to_go_on(source, tmp_path):
    """Ctrl-C ends it in order: what is there is kept, and the words say what to type."""
    (source / "student9" / "lab1.py").write_text("hangs")  # so that it is not over before it is stopped
    code = (
        "import signal, sys; from pathlib import Path; from grader.batch import command, planning, reading;"
        # A test run in the background of a shell hands down that SIGINT is ignored.
        "signal.signal(signal.SIGINT, signal.default_int_handler);"
        "choices = {'delay_seconds': 0.2}; engine = 'tests.gradebook.fake_engine:start';"
        "plan = planning.Plan(jobs=1, choices=choices, engine=engine);"
        "command.grade_class(reading.read_paths((Path(sys.argv[1]),)), None, plan)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, source],
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (line := process.stdout.readline()).startswith("2/"):
        assert line, process.stderr.read()
    process.send_signal(signal.SIGINT)
    words, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert errors == ""
    assert f"of {STUDENTS} submissions have a result, and all of it is kept in" in words
    assert "run the same command again to go on where it stopped" in words
    assert len(list_results(source.parent / "class-results")) >= 2
