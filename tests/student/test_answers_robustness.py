"""Answers: every mistake in the file costs itself and nothing else."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from student.given.answers import read_answers
from student.given.answers_schema import MAX_TEXT_CHARACTERS
from tests.bank.paths import HANDOUT
from tests.bank.right import RIGHT_SUBMISSIONS


def read(text: str):
    return read_answers(text.encode())


def say(answers):
    return tuple(map(str, answers.problems))


def read_one(line: str, table: str = "lab1.b"):
    answers = read(f"[{table}]\n{line}\n")
    return {key: value for key, value in answers.values.items() if value is not None}, say(answers)


def test_the_template_is_read_without_a_note_and_answers_nothing():
    content = (HANDOUT / "answers.toml").read_bytes()
    answers = read_answers(content)
    assert say(answers) == ()
    assert set(answers.values.values()) == {None}


@pytest.mark.parametrize("submission", [s for s in RIGHT_SUBMISSIONS if s.answers], ids=lambda s: s.name)
def test_the_answers_of_right_submissions_are_read_whole(submission):
    answers = read_answers(submission.answers.read_bytes())
    assert say(answers) == ()
    assert [answers.values[f"1.{number}", "verdict"] for number in range(1, 11)] == [
        verdict == "T" for verdict in "FTFFTTTFFT"
    ]


@pytest.mark.parametrize(
    ("table", "line", "value"),
    [
        ("true_false.'1.2'", 'verdict = "T"', True),
        ("true_false.1.2", 'verdict = "f"', False),
        ('true_false."1.10"', 'verdict = " True. "', True),
        ('true_false."1.10"', "verdict = false", False),
        ("lab1.b", 'optimal = "Yes"', True),
        ("lab1.b", 'sparse = "no."', False),
        ("lab1.b", "sparse = false", False),
        ("lab1.b", "comment = '''a\nb'''", "a\nb"),
        ("lab1.b", "comment = 3", "3"),
        ("lab1.a", "update = '''W -\n  mu'''", "W - mu"),
        ("lab2.b", "float = 0.9151", 0.9151),
        ("lab2.b", "float = 91.51", 0.9151),
        ("lab2.b", "float = 1", 1.0),
        ("lab2.b", "float = 100", 1.0),
        ("lab2.b", 'float = "91.51 %"', 0.9151),
        ("lab2.b", 'float = "0.5%"', 0.005),
        ("lab2.b", 'float = "0,9151"', 0.9151),
        ("lab2.b", 'float = "9.151e-1"', 0.9151),
        ("lab2.e", "average_442 = 2.5988", 2.5988),
        ("lab2.e", 'average_442 = "2.5988 bits"', 2.5988),
        ("lab2.f", "scheme = 442", "442"),
        ("lab2.f", 'scheme = "{4, 4, 2}"', "442"),
        ("lab2.f", "scheme = [2, 4, 4]", "244"),
        ("lab2.f", 'stage = "stage 3"', "3"),
        ("lab2.f", 'stage = "the third"', "3"),
        ("lab2.f", "stage = 1", "1"),
        ("student", 'name = "  Jane\tDoe "', "Jane Doe"),
    ],
)
def test_an_answer_is_understood_however_it_is_written(table, line, value):
    values, notes = read_one(line, table)
    (found,) = values.values()
    assert found == (pytest.approx(value) if isinstance(value, float) else value)
    assert type(found) is type(value)
    assert notes == ()


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ("lab1.b", 'optimal = ""'),
        ("lab1.b", 'optimal = "  "'),
        ("lab1.b", "comment = '''\n \n'''"),
        ("lab2.b", 'float = ""'),
        ("lab2.f", 'scheme = ""'),
        ("lab2.f", "stage = ''"),
        ('true_false."1.1"', 'verdict = ""'),
    ],
)
def test_a_blank_is_no_answer_and_no_mistake(table, line):
    assert read_one(line, table) == ({}, ())


@pytest.mark.parametrize(
    ("table", "line", "note"),
    [
        ("lab1.b", "optimal = 3", 'line 2, column 1: lab1.b.optimal: found 3, expected "yes" or "no"'),
        ("lab1.b", 'optimal = "maybe"', 'found \'maybe\', expected "yes" or "no"'),
        ("lab1.b", "comment = [1]", "found a list, expected text"),
        ("lab1.b", "comment = {a = 1}", "found a table, expected text"),
        ("lab1.b", "comment = 2020-01-01", "found 2020-01-01, expected text"),
        (
            'true_false."1.1"',
            'verdict = "X"',
            'line 2, column 1: true_false.1.1.verdict: found \'X\', expected "T" or "F"',
        ),
        ("lab2.b", "float = 101", "found 101, expected an accuracy such as 0.915 or 91.5"),
        ("lab2.b", "float = -0.1", "found -0.1"),
        ("lab2.b", "float = nan", "found nan"),
        ("lab2.b", "float = inf", "found inf"),
        ("lab2.b", "float = true", "found True"),
        ("lab2.b", 'float = "about 90"', "found 'about 90'"),
        ("lab2.b", "float = 0x" + "f" * 5000, "found a very large number"),
        ("lab2.e", "average_442 = 33", "expected a number of bits from 0 to 32"),
        ("lab2.f", 'scheme = "888"', 'expected "442", "424" or "244"'),
        ("lab2.f", "scheme = 4.42", 'expected "442", "424" or "244"'),
        ("lab2.f", 'stage = "1 or 2"', 'expected "1", "2" or "3"'),
        ("lab2.f", "stage = 4", 'expected "1", "2" or "3"'),
        (
            "lab1.b",
            "optimall = 3",
            "line 2, column 1: lab1.b: found the unknown key 'optimall', expected 'optimal'",
        ),
        ("lab1.b", "zzz = 3", "found the unknown key 'zzz', expected one of optimal, sparse, comment"),
        ("lab3.a", "x = 3", "line 1, column 1: found the unknown table [lab3], expected [lab"),
        ("lab1.z", "x = 3", "line 1, column 1: found the unknown table [lab1.z], expected [lab1.g]"),
    ],
)
def test_a_wrong_value_is_told_with_its_line_and_what_was_expected(table, line, note):
    values, notes = read_one(line, table)
    assert values == {}
    assert len(notes) == 1
    assert note in notes[0]
    assert notes[0].isprintable()


def test_a_scalar_in_the_place_of_a_table_is_told():
    answers = read('lab2 = 5\n[lab1]\nb = "yes"\n')
    assert sorted(say(answers)) == [
        "answers.toml, line 1, column 1: found lab2 = 5, expected [lab2.f]",
        "answers.toml, line 3, column 1: lab1.b: found 'yes', expected a table [lab1.b]",
    ]


FRAME = """[student]
name = "Jane"

[true_false."1.1"]
verdict = "F"
explanation = '''because
of this'''

[lab1.b]
{line}
sparse = "no"

[lab2.f]
stage = 3
comment = '''last'''
"""
REST = {
    ("student", "name"): "Jane",
    ("1.1", "verdict"): False,
    ("1.1", "explanation"): "because\nof this",
    ("lab1.b", "sparse"): False,
    ("lab2.f", "stage"): "3",
    ("lab2.f", "comment"): "last",
}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("optimal = yes", {("lab1.b", "optimal"): True}),
        ("optimal = yes # I think", {("lab1.b", "optimal"): True}),
        ('optimal = "yes', {("lab1.b", "optimal"): True}),
        ("optimal = \u201cyes\u201d", {}),
        ("optimal =", {}),
        ("optimal yes", {}),
        ("optimal: yes", {}),
        ("some words", {}),
        ('comment = "a \\lambda"', {("lab1.b", "comment"): "a \\lambda"}),
        ("comment = it's so", {("lab1.b", "comment"): "it's so"}),
        ('comment = "two\nlines"', {("lab1.b", "comment"): "two\nlines"}),
        ("comment = '''not closed", {("lab1.b", "comment"): "not closed"}),
        ("comment = '''not\n\nclosed\n", {("lab1.b", "comment"): "not\n\nclosed"}),
        ("comment = '''closed''' but more", {("lab1.b", "comment"): "closed''' but more"}),
        ("comment = '''a''' \ncomment = '''b'''", {("lab1.b", "comment"): "a"}),
        ("optimal = {a.b.c = 1", {}),
        ("optimal = " + "[" * 5000, {}),
        ("optimal = 'yes'\n[lab1.b]", {("lab1.b", "optimal"): True}),
        ("optimal = 1" + "1" * 5000, {}),
        ("\0", {}),
        ("a." * 20 + "a = 1", {}),
        ("zzz = T\n" * 200, {}),
        ("[lab9.z]\noptimal = no\n[lab1.b]", {}),
        ("[[lab1.b]]", {}),
    ],
)
def test_broken_toml_costs_only_its_own_answer(line, found):
    answers = read(FRAME.format(line=line))
    assert {key: value for key, value in answers.values.items() if value is not None} == REST | found
    assert say(answers)
    assert len(say(answers)) < 70
    assert all(note.isprintable() for note in say(answers))


def test_a_syntax_error_is_told_with_line_and_column():
    answers = read(FRAME.format(line="optimal = yes"))
    (told,) = say(answers)
    assert told.startswith("answers.toml, line 10, column 1: lab1.b.optimal: found what is no proper TOML,")
    assert told.endswith('expected "yes" or "no" in quotes; it is read as True')


def test_any_encoding_is_read():
    text = '[student]\nname = "J\u00f6rg"\n'
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "latin-1"):
        answers = read_answers(text.encode(encoding))
        assert answers.values["student", "name"] == "J\u00f6rg"
        assert len(say(answers)) == (encoding == "latin-1")
    assert "line 2: found bytes that are not UTF-8" in say(read_answers(text.encode("latin-1")))[0]
    assert read_answers(text.replace("\n", "\r\n").encode()).values["student", "name"] == "J\u00f6rg"


def test_a_long_text_is_cut_with_a_note():
    values, notes = read_one(f"comment = '''{'x' * (MAX_TEXT_CHARACTERS + 7)}'''")
    assert len(values["lab1.b", "comment"]) == MAX_TEXT_CHARACTERS
    (told,) = notes
    assert told.endswith(
        "lab1.b.comment: found 100,007 characters, expected at most 100,000: the rest is cut"
    )


def test_an_oversize_file_is_not_read():
    answers = read_answers(b"#" * (1 << 21))
    assert set(answers.values.values()) == {None}
    assert "found 2,097,152 bytes, expected at most 1,048,576" in say(answers)[0]


@pytest.mark.parametrize(
    "text",
    [
        "a." * 400_000 + "a = 1",
        "[" + "a." * 400_000 + "a]",
        "x = {" + "a." * 400_000 + "a = 1}",
        '"a".' * 200_000 + "a = 1",
        "[" * 500_000,
        "[lab1.b]\ncomment = " + "[" * 500_000,
        "[lab1.b]\n" + "zzz = T\n" * 100_000,
        "[lab1.b]\n" + "comment = T\n" * 80_000,
        "[lab1.b]\n" + "comment = '''\n" * 70_000,
        "[lab1.b]\n" + 'comment = """\n' * 70_000,
        "[lab1.b]\ncomment = [\n" + "]x\n" * 200_000,
        "\n".join(f"k{number} = 1" for number in range(80_000)),
        "[lab1.b]\n" + "\n".join(f"k{number} = 1" for number in range(80_000)),
        "[lab1.z]\n" * 100_000,
        "".join(f"[lab1.z{number}]\n" for number in range(60_000)),
        '"' * 1_000_000,
        "'" * 1_000_000,
        "[lab1.b]\ncomment = '''" + "\n#" * 400_000,
        "[lab1.b]\ncomment = T" + " " * 900_000,
        "=" * 1_000_000,
    ],
    ids=lambda text: text[:20],
)  # fmt: skip
def test_no_file_takes_long(text):
    started = time.process_time()
    answers = read_answers(text.encode())
    assert time.process_time() - started < 5
    assert len(say(answers)) < 70


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_no_bytes_raise(content):
    read_answers(content)


_LINES = [
    "[lab1.b]", '[true_false."1.1"]', "[x]", "optimal = 'yes'", "comment = '''a", "'''", '"""', "verdict = T",
    "comment = [1,", "]", "{", "=", "# c", "", 'comment = "a\\q"',
]  # fmt: skip


@given(st.lists(st.sampled_from(_LINES), max_size=12))
@settings(max_examples=300, deadline=None)
def test_no_arrangement_of_lines_raises(lines):
    answers = read("\n".join(lines))
    assert all(note.isprintable() for note in say(answers))
