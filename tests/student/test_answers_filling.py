"""Writing numbers into ``answers.toml`` touches nothing but the numbers."""

import pytest

from student.given.answers import read_answers
from student.given.answers_filling import fill, plan_filling
from tests.bank.paths import HANDOUT, SAMPLE

MEASURED = {
    "lab2.b": {"float": 0.9432, "bits_6": 0.9425, "bits_2": 0.0916},
    "lab2.d": {"after_442": 0.71239},
    "lab2.e": {"average_442": 2.59882},
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_filling_changes_the_lines_of_the_numbers_only(newline):
    """Every other line of the handout's file is what it was, whatever its line ends."""
    text = (HANDOUT / "answers.toml").read_text(encoding="utf-8").replace("\n", newline)
    filled = fill(text, plan_filling(text, MEASURED))
    changed = [
        (old, new)
        for old, new in zip(text.splitlines(keepends=True), filled.splitlines(keepends=True), strict=True)
        if old != new
    ]
    assert len(changed) == 5
    assert changed[0] == (f"# float = 0.0{newline}", f"float = 0.9432{newline}")
    answers = read_answers(filled.encode())
    assert not answers.problems
    for item, numbers in MEASURED.items():
        for key, value in numbers.items():
            assert answers.values[item, key] == pytest.approx(value, abs=5e-5)


def test_filling_twice_changes_nothing_more():
    """What is there already is not planned again."""
    text = (HANDOUT / "answers.toml").read_text(encoding="utf-8")
    filled = fill(text, plan_filling(text, MEASURED))
    assert plan_filling(filled, MEASURED) == []


def test_a_number_of_the_student_is_shown_before_it_is_replaced():
    """The plan says what stands there, so that it can be asked about."""
    text = (SAMPLE / "answers.toml").read_text(encoding="utf-8")
    plan = plan_filling(text, {"lab2.b": {"float": 0.5}})
    assert [(filling.old, filling.new) for filling in plan] == [("80.93", "0.5000")]


@pytest.mark.parametrize("text", ["", "[lab2.b]\ncomment = ''", '[lab2.b] # x\nfloat = "" # here\n'])
def test_missing_keys_and_tables_are_added(text):
    """A number finds its place even where the student removed the line or the table."""
    filled = fill(text, plan_filling(text, {"lab2.b": {"float": 0.25}}))
    assert read_answers(filled.encode()).values["lab2.b", "float"] == 0.25
    assert ("# here" in filled) == ("# here" in text)


def test_numbers_inside_texts_are_left_alone():
    """A line of a comment that looks like a key is no key."""
    text = "[lab2.b]\ncomment = '''\nfloat = 3\n'''\n"
    filled = fill(text, plan_filling(text, {"lab2.b": {"float": 0.25}}))
    assert "float = 3\n'''" in filled
    assert read_answers(filled.encode()).values["lab2.b", "float"] == 0.25
