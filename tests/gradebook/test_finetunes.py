"""What finetunes in full reached stands beside what a student reports, and gives no points."""

import subprocess
import sys
import threading
import time
from dataclasses import replace

import pytest
from click.testing import CliRunner

from grader.batch.engine import describe_policies
from grader.feedback import hide_answers
from grader.gradebook.commands import marks_command
from grader.gradebook.finetunes import Finetune, list_finetunes, record_finetune
from grader.gradebook.history import tell_history
from grader.gradebook.marks import list_marks, list_pending, settle
from grader.gradebook.merging import merge_gradebooks
from grader.gradebook.recording import Fingerprints, record_download, record_result, record_upload
from grader.gradebook.standing import find_standing
from grader.gradebook.store import Gradebook
from student.given.problem import load_assignment
from tests.gradebook.conftest import hand_in, make_class
from tests.gradebook.fake_engine import make_result
from tests.sandbox.test_device_queue import HOLDER

FOUND = Finetune(0.9601, "best of 10 epochs, seed 0, on cpu", "f" * 64)
PLACE = ("lab2.c", "bits_4")


def report_numbers(book, tmp_path, key, code):
    """Record a result in which two accuracies were reported and wait for a person."""
    entry = hand_in(key, code)
    download = record_download(book, make_class(tmp_path, {key: code}))
    attempt = record_upload(book, download, entry, entry.read())
    result = make_result("right")
    part = {"id": "accuracies", "title": "three accuracies", "kind": "claim", "max_score": 2.0, "score": 0.0}
    part |= {"pending": 2.0, "text": "bits_4 = 0.97\nbits_3 = 0.9"}
    part["rationale"] = "bits_4: no band was measured\nbits_3: to be verified by a person"
    item = {"title": "Finetuned accuracy", "score": 0.0, "max_score": 2.0, "pending": 2.0, "bonus": False}
    result["items"]["lab2.c"] = item | {"parts": [part]}
    policies = describe_policies(result, load_assignment(), None)
    record_result(book, attempt, result, policies, Fingerprints("g", "a", "{}"), "not graded before")
    return attempt


@pytest.fixture
def attempt(book, tmp_path):
    """Ann's upload, with reported numbers."""
    return report_numbers(book, tmp_path, "ann", "right")


def test_it_stands_beside_the_claim_and_changes_no_points(book, attempt):
    """Whoever marks sees reported and measured value together."""
    before = list_marks(book)[0]
    assert record_finetune(book, attempt, PLACE, FOUND, {"history": []})
    pending = next(part for part in list_pending(book) if part.item == "lab2.c")
    assert pending.rationale.splitlines() == [
        f"bits_4: no band was measured; {FOUND.describe()}",
        "bits_3: to be verified by a person",
    ]
    after = list_marks(book)[0]
    assert (after.score, after.pending, after.items) == (before.score, before.pending, before.items)
    outcome = CliRunner().invoke(marks_command, [str(book.path), "--student", "ann"])
    assert "finetuned in full with this quantizer: 0.9601" in outcome.output


def test_a_student_is_not_told_what_was_measured(book, attempt):
    """As with everything else that the grader finds of reported numbers."""
    record_finetune(book, attempt, PLACE, FOUND, {})
    result = settle(book, find_standing(book, "ann")).result
    assert "0.9601" in str(result)
    assert "0.9601" not in str(hide_answers(result))


def test_the_last_one_counts_and_the_same_one_is_not_added_twice(book, attempt):
    """Every one stays in the history."""
    assert record_finetune(book, attempt, PLACE, FOUND, {})
    assert not record_finetune(book, attempt, PLACE, FOUND, {"other": 1})
    failed = replace(FOUND, accuracy=None, words="not ended: it hung")
    assert record_finetune(book, attempt, PLACE, failed, {})
    assert list_finetunes(book, find_standing(book, "ann")) == {PLACE: failed}
    words = [entry.words for entry in tell_history(book, "ann") if entry.what == "finetune"]
    assert words == [
        "lab2.c, bits_4: 0.9601, best of 10 epochs, seed 0, on cpu",
        "lab2.c, bits_4: no accuracy, not ended: it hung",
    ]


def test_another_upload_has_another_quantizer(book, attempt, tmp_path):
    """What was measured for the old one is not shown beside the new one."""
    record_finetune(book, attempt, PLACE, FOUND, {})
    report_numbers(book, tmp_path, "ann", "right again")
    assert list_finetunes(book, find_standing(book, "ann")) == {}
    assert "0.9601" not in next(part for part in list_pending(book) if part.item == "lab2.c").rationale


def test_a_merged_gradebook_has_it_once(book, attempt, tmp_path):
    """A TA may finetune in a copy."""
    record_finetune(book, attempt, PLACE, FOUND, {})
    (tmp_path / "other").mkdir()
    with Gradebook.open(tmp_path / "other", create=True) as other:
        for _ in range(2):
            merge_gradebooks(other, [book])
        assert other.count("finetunes") == 1
        assert list_finetunes(other, find_standing(other, "ann")) == {PLACE: FOUND}


def test_waiting_for_a_device_does_not_count_against_a_submission(run, tmp_path):
    """A job that waits longer than a grading may take is not given up; one that hangs is."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "held\n"

        def free():
            while not (tmp_path / "begun").exists():
                time.sleep(0.05)
            time.sleep(4.0)
            holder.kill()

        threading.Thread(target=free).start()
        outcome = run({"ann": "right queues"}, choices={"locks": str(tmp_path)}, grading_seconds=2.0)
    assert outcome.faults == {}
    assert outcome.graded == 1
