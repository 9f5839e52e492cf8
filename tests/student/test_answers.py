"""Reading ``answers.toml``: what can be read is read, and what cannot is named with its line."""

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from student.given.answers import MAX_BYTES, locate_keys, read_answers, read_answers_file
from student.given.answers_schema import SCHEMA, table_path
from tests.bank.paths import HANDOUT, SAMPLE

TEMPLATE = (HANDOUT / "answers.toml").read_text(encoding="utf-8")


def say(text):
    """Return the problems of a text, as printed."""
    content = text if isinstance(text, bytes) else text.encode()
    return [str(problem).removeprefix("answers.toml, ") for problem in read_answers(content).problems]


def test_the_handout_file_is_empty_and_faultless():
    """The file of the handout has no problem and no answer."""
    answers = read_answers(TEMPLATE.encode())
    assert not answers.problems
    assert not any(answers.values.values())
    assert len(answers.list_missing()) == 1 + 10 + 6 + 5


def test_the_schema_is_the_handout_file():
    """Every key of the schema stands in the handout's file, commented out or not, and no other."""
    places = {
        (table, key) for table, key in locate_keys(TEMPLATE) if key and not table.startswith("true_false")
    }
    known = {(".".join(table_path(item)), key) for item, key in SCHEMA if not item.startswith("1.")}
    assert places == known
    tables = tomllib.loads(TEMPLATE)["true_false"]
    assert {(item, key) for item in tables for key in tables[item]} == {
        place for place in SCHEMA if place[0].startswith("1.")
    }


def test_a_filled_in_file_is_read():
    """Verdicts are truth values, accuracies fractions, texts stripped."""
    answers = read_answers_file(SAMPLE / "answers.toml")
    assert not answers.problems
    assert answers.values["1.1", "verdict"] is False
    assert answers.values["lab2.b", "float"] == pytest.approx(0.8093)
    assert answers.values["lab2.f", "scheme"] == "442"
    assert answers.values["lab1.c", "comment"] is None
    assert "lab1.g" not in answers.list_missing()


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("0.915", 0.915),
        ("91.5", 0.915),
        ('"91.5 %"', 0.915),
        ('"0.915"', 0.915),
        ('"91,5"', 0.915),
        ("1", 1.0),
        ('"0.9 %"', 0.009),
        ('""', None),
    ],
)
def test_accuracies_may_be_fractions_or_percent(written, value):
    """An accuracy is understood however it is written."""
    assert read_answers(f"[lab2.b]\nfloat = {written}".encode()).values["lab2.b", "float"] == pytest.approx(
        value
    )


@pytest.mark.parametrize(
    ("written", "value"),
    [('"442"', "442"), ('"{4,4,2}"', "442"), ('"4, 4, 2"', "442"), ("442", "442")],
)
def test_schemes_may_be_written_with_braces(written, value):
    """The scheme is understood however it is written."""
    assert read_answers(f"[lab2.f]\nscheme = {written}".encode()).values["lab2.f", "scheme"] == value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "[lab1.b]\noptimal = yes\n",
            'line 2, column 1: lab1.b.optimal: found what is no proper TOML, expected "yes" or "no"',
        ),
        (
            '[lab1.b]\n\noptimal = "maybe"\n',
            'line 3, column 1: lab1.b.optimal: found \'maybe\', expected "yes" or "no"',
        ),
        ("[lab2.b]\n  float = 200\n", "line 2, column 3: lab2.b.float: found 200, expected an accuracy"),
        (
            '[lab1.b]\nOptimal = "yes"\n',
            "line 2, column 1: lab1.b: found the unknown key 'Optimal', expected 'optimal'",
        ),
        ("[lab1.h]\ncomment = ''\n", "line 1, column 1: found the unknown table [lab1.h], expected [lab1.g]"),
        (
            "[lab1.d]\ncomment = '''never\n",
            "line 2, column 1: lab1.d.comment: found what is no proper TOML, expected text in quotes",
        ),
        ("lab1 = 5\n", "line 1, column 1: found lab1 = 5, expected [lab1.g]"),
        (
            "[lab1.d]\ncomment = [3]\n",
            "line 2, column 1: lab1.d.comment: found a list, expected text in quotes",
        ),
        (
            "[lab1.d]\ncomment = 'a'\ncomment = 'b'\n",
            "line 3, column 1: lab1.d.comment: found the key for the second time, expected it once",
        ),
        (
            b"[lab1.d]\ncomment = '\xe9'\n",
            "line 2: found bytes that are not UTF-8, expected the file saved as UTF-8",
        ),
    ],
)
def test_problems_are_named_with_their_place(text, expected):
    """What is wrong is said with line, column and what was expected."""
    assert [problem[: len(expected)] for problem in say(text)] == [expected]


def test_headers_without_quotes_are_understood():
    """``[true_false.1.2]`` is meant as ``[true_false."1.2"]``."""
    answers = read_answers(b'[true_false.1.2]\nverdict = "T"\n')
    assert answers.values["1.2", "verdict"] is True
    assert not answers.problems


def test_windows_line_ends_and_byte_order_marks_are_harmless():
    """A file written by Notepad is read like any other."""
    text = TEMPLATE.replace('netid = ""', 'netid = "ab12"').replace("\n", "\r\n")
    for encoding in ("utf-8-sig", "utf-16"):
        assert read_answers(text.encode(encoding)).values["student", "netid"] == "ab12"


def test_a_file_that_is_too_large_or_missing_is_a_problem_not_an_exception(tmp_path):
    """Neither four megabytes of answers nor no file at all stop anything."""
    assert read_answers(b"#" * (MAX_BYTES + 1)).problems
    assert read_answers_file(tmp_path / "answers.toml").problems[0].found == "no such file"


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_raise(content):
    """Whatever the bytes are, reading gives answers and problems."""
    assert set(read_answers(content).values) == set(SCHEMA)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(TEMPLATE)), st.text(max_size=20))
def test_no_edit_of_the_handout_file_raises(position, inserted):
    """Whatever is typed wherever into the handout's file, reading gives answers and problems."""
    text = TEMPLATE[:position] + inserted + TEMPLATE[position:]
    assert set(read_answers(text.encode("utf-8", "replace")).values) == set(SCHEMA)
