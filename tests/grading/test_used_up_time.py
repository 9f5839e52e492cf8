"""A grading whose time is used up: by calls that were stopped, or on a machine that is too slow."""

import shutil

import pytest

from tests.bank.mistakes import replace_function
from tests.bank.paths import REFERENCE

LAB1 = (REFERENCE / "lab1.py").read_text(encoding="utf-8")
HANGS = "def gd_step(W, X, y, mu):\n    while True:\n        pass\n"


@pytest.fixture
def write(tmp_path):
    """Write a submission with a given ``lab1.py``."""

    def make(source):
        for name in ("FP_layers.py", "answers.toml"):
            shutil.copy(REFERENCE / name, tmp_path)
        (tmp_path / "lab1.py").write_text(source, encoding="utf-8")
        return tmp_path

    return make


def list_called(result):
    """Return the checks that call a function of the submission."""
    return [check for check in result["checks"] if check["function"]]


def test_on_a_machine_that_is_too_slow_no_point_is_lost(grade, write, monkeypatch):
    """Where every call ended in its time, the points wait for a person."""
    monkeypatch.setattr("grader.suites.grading.TOTAL_SECONDS", 0.0)
    result = grade(write(LAB1))
    for check in list_called(result):
        assert check["outcome"] == "skipped"
        assert check["pending"] == check["max_score"] > 0
        assert "the machine was busy, or the code is slow" in check["rationale"]
    assert result["items"]["lab2.a"]["pending"] >= 8


@pytest.mark.slow
def test_a_submission_that_used_the_time_up_loses_what_was_not_called(grade, write, monkeypatch):
    """A call that was stopped is why: nobody has to look at the rest."""
    monkeypatch.setattr("grader.suites.grading.TOTAL_SECONDS", 4.0)
    called = list_called(grade(write(replace_function(LAB1, "gd_step", HANGS))))
    late = [check for check in called if "were used up by earlier calls" in check["rationale"]]
    assert late
    assert all(check["pending"] == 0 for check in late)
    assert not [check for check in called if check["pending"]]
