"""Numbers of Lab 2 come from ``results.json`` where ``answers.toml`` has none."""

import json

import pytest

from grader.submission import add_measured_numbers, read_answers, read_files

PART = {
    "answers": {
        "lab2.b": {"float": 0.957, "bits_4": 0.924},
        "lab2.c": {"bits_4": 0.9635},
        "lab2.d": {"before_442": 0.5995, "after_442": 0.95},
        "lab2.e": {"average_442": 2.5988},
    },
    "data": {"name": "embedded"},
    "epochs": None,
}


def add(part, toml=b""):
    """Read answers and results of a submission."""
    content = part if isinstance(part, bytes) else json.dumps({"schema_version": 1, "lab2": part}).encode()
    submission = read_files("jd123", {"lab1.py": b"x = 1\n", "results.json": content})
    return add_measured_numbers(read_answers(toml), submission)


def test_numbers_that_are_not_answered_are_taken_and_said():
    """`hw4 lab2` wrote them, and the note says from where and on which images."""
    answers, notes = add(PART)
    assert answers.values["lab2.b", "float"] == 0.957
    assert answers.values["lab2.d", "after_442"] == 0.95
    assert answers.values["lab2.e", "average_442"] == 2.5988
    assert answers.values["lab2.b", "bits_6"] is None
    assert notes == ("6 numbers of Lab 2 were read from results.json, measured on 'embedded'",)


def test_what_is_answered_counts_more():
    """The student may have corrected a number by hand."""
    answers, _ = add(PART, b"[lab2.b]\nfloat = 0.9151\n")
    assert answers.values["lab2.b", "float"] == 0.9151
    assert answers.values["lab2.b", "bits_4"] == 0.924


def test_a_quick_look_is_no_answer_to_the_finetunes():
    """Fewer epochs than the assignment's: (b) and before of (d) count, the others do not."""
    answers, _ = add(PART | {"epochs": 1})
    assert answers.values["lab2.b", "bits_4"] == 0.924
    assert answers.values["lab2.c", "bits_4"] is None
    assert answers.values["lab2.d", "after_442"] is None
    assert answers.values["lab2.d", "before_442"] == 0.5995


@pytest.mark.parametrize("value", [True, "0.9", None, [], {}, -0.1, 1.1, 10**400, float("nan"), float("inf")])
def test_what_is_no_accuracy_is_passed_over(value):
    """A file that a student may have edited breaks nothing."""
    answers, notes = add(PART | {"answers": {"lab2.b": {"float": value}}})
    assert answers.values["lab2.b", "float"] is None
    assert notes == ()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"lab2": 3}', b'{"lab2": {"answers": []}}', b"[" * 100_000, b"\xff\xfe"]
)
def test_a_damaged_file_costs_nothing(content):
    """Nothing is read from it, and nothing is raised."""
    answers, notes = add(content)
    assert answers.values["lab2.b", "float"] is None
    assert notes == ()
