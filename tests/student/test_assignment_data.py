"""``assignment.toml``, as an instructor edits it: followed where it is right, else refused by name."""

import re

import pytest
from click.testing import CliRunner

from student.given.cli import main
from student.given.errors import AssignmentDataError
from student.given.problem import PATH, load_assignment, read_assignment

TEXT = PATH.read_text(encoding="utf-8")


@pytest.fixture
def change(tmp_path):
    """Write the data file with the value of a key replaced."""

    def run(key, value):
        text, count = re.subn(rf"(?m)^{key} = [^#\n]*", f"{key} = {value} ", TEXT)
        assert count == 1
        path = tmp_path / "assignment.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return run


@pytest.fixture
def read(change):
    """Read the data file with the value of a key replaced."""
    return lambda key, value: read_assignment(change(key, value))


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("at", '"15 Oct 2027"', "due.at: found '15 Oct 2027', expected a local time"),
        ("at", "2027-10-15", "due.at: found '2027-10-15', expected a local time"),
        ("at", "2027-10-15T23:55:00-04:00", "expected a local time without quotes or offset"),
        ("time_zone", '"America/NewYork"', "due.time_zone: found 'America/NewYork', expected an IANA name"),
        ("time_zone", "5", "due.time_zone: found 5"),
        ("cap", "-5", "policies.cap: found -5.0, expected a positive number of points"),
        (
            "zip_penalty",
            "20",
            "policies.zip_penalty: found 20.0, expected a fraction from 0 to 1, such as 0.20",
        ),
        ("late_penalty_per_day", "-0.1", "policies.late_penalty_per_day: found -0.1"),
        ("X", "[[1, 2], [3, 4]]", "lab1.y: found 3 targets, expected 2, one per row of X"),
        ("X", "[[1, 2], [3]]", "lab1.X: found [[1, 2], [3]], expected numbers, in rows of equal length"),
        ("y", '[1, "two", 3]', "lab1.y: found [1, 'two', 3], expected numbers"),
        ("X", "[1, 2, 3]", "lab1.X: found shape (3,), expected a list of rows"),
        ("X", "[[1, 2], [3, 4], [5, 6]]", "lab1.initial: found 5 weights, expected 2, one per column of X"),
        ("y", "[1, nan, 2]", "lab1.y: found [[1.0], [nan], [2.0]], expected finite numbers"),
        ("nonzeros", "6", "lab1.nonzeros: found 6, expected between 0 and 5"),
        ("steps", "0", "lab1.steps: found 0, expected at least 1"),
        ("learning_rate", "-0.02", "lab1.learning_rate: found -0.02, expected a positive number"),
        ("l1_strengths", "[0.2, 0.5, 1.0]", "lab1.l1_strengths: found [0.2, 0.5, 1.0], expected 4 positive"),
        ("soft_thresholds", "[0.1, 0.2, 0.3, 0]", "lab1.soft_thresholds: found [0.1, 0.2, 0.3, 0.0]"),
        ("trimmed_strengths", "[1, 2, 3, inf]", "lab1.trimmed_strengths"),
        ("two_points", "[0, 3]", "lab1.two_points: found [0, 3], expected different rows, from 0 to 2"),
        ("two_points", "[1, 1]", "lab1.two_points"),
        ("two_points_soft_threshold", "0", "lab1.two_points_soft_threshold: found 0.0, expected a positive"),
        ("bits", "[6, 5, 4, 3]", "lab2.bits: found [6, 5, 4, 3], expected 6, 5, 4, 3, 2, the fields of"),
        ("finetune_epochs", "{ 4 = 10, 8 = 10, 2 = 20 }", "lab2.finetune_epochs: found [4, 8, 2]"),
        ("mixed_schemes", "[[4, 4, 3], [4, 2, 4], [2, 4, 4]]", "lab2.mixed_schemes: found 443, 424, 244"),
        ("mixed_epochs", "0", "lab2.finetune_epochs, mixed_epochs: found [10, 10, 20, 0]"),
    ],
)
def test_a_value_that_cannot_be_is_named_with_what_was_expected(read, key, value, words):
    with pytest.raises(AssignmentDataError, match=re.escape(words)):
        read(key, value)


def test_a_key_that_is_missing_is_named(tmp_path):
    path = tmp_path / "assignment.toml"
    path.write_text(TEXT.replace("steps = 200", ""), encoding="utf-8")
    with pytest.raises(AssignmentDataError, match="found no key 'steps', expected it; restore it"):
        read_assignment(path)


@pytest.fixture
def unread():
    """Let the data file be read anew, before and after."""
    load_assignment.cache_clear()
    yield
    load_assignment.cache_clear()


@pytest.mark.usefixtures("unread")
def test_a_student_who_changed_it_reads_what_to_do(change, monkeypatch, tmp_path):
    monkeypatch.setattr("student.given.problem.PATH", change("cap", "-5"))
    result = CliRunner().invoke(main, ["lab1", str(tmp_path)])
    assert result.exit_code == 1
    assert "policies.cap: found -5.0" in result.output
    assert "take assignment.toml from the handout again" in result.output


@pytest.mark.parametrize(
    ("key", "value", "see"),
    [
        ("at", "2027-10-14T23:59:00", lambda found: found.due.isoformat() == "2027-10-14T23:59:00-04:00"),
        ("time_zone", '"Europe/Berlin"', lambda found: found.due.isoformat().endswith("+02:00")),
        ("cap", "110", lambda found: found.cap == 110.0),
        ("zip_penalty", "0", lambda found: found.zip_penalty == 0.0),
        (
            "X",
            "[[2, -1, 0, 1, -1], [1, 1, -2, 0, 1], [0, 2, 1, -1, 1]]",
            lambda found: found.lab1.X[1, 2] == -2,
        ),
        ("y", "[0.5, -3, 2]", lambda found: found.lab1.y.tolist() == [[0.5], [-3], [2]]),
        ("l1_strengths", "[4, 3, 2, 1]", lambda found: found.lab1.l1_strengths == (4, 3, 2, 1)),
        ("finetune_epochs", "{ 2 = 5, 3 = 6, 4 = 7 }", lambda found: found.finetune_epochs[4] == 7),
    ],
)
def test_what_an_instructor_may_change_is_followed(read, key, value, see):
    assert see(read(key, value))
    assert not see(load_assignment())
