"""The wrong answers are wrong in one entry, and every formula is what its list says."""

import tomllib

import numpy as np
import pytest

from grader.worker.formula import FormulaShapeError, FormulaUnreadableError, evaluate_formula
from tests.bank.answers import list_wrong_answers, write_wrong_answer
from tests.bank.formulas import PROSE, RIGHT_FORMULAS, TYPESET_FORMULAS, WRONG_FORMULAS
from tests.bank.paths import REFERENCE, RIGHT


def flatten(table, prefix=()):
    for key, value in table.items():
        if isinstance(value, dict):
            yield from flatten(value, (*prefix, key))
        else:
            yield (*prefix, key), value


@pytest.mark.parametrize("answer", list_wrong_answers(), ids=str)
def test_one_entry_is_changed(answer, tmp_path):
    right = tomllib.loads((RIGHT / "vectorized_numpy" / "answers.toml").read_text(encoding="utf-8"))
    changed = tomllib.loads(
        (write_wrong_answer(answer, tmp_path) / "answers.toml").read_text(encoding="utf-8")
    )
    differing = [key for key, value in flatten(right) if dict(flatten(changed))[key] != value]
    assert [key[-1] for key in differing] == [answer.key]
    assert ".".join(differing[0][:2]).removeprefix("true_false.") in answer.items


def test_the_names_are_unique():
    names = [str(answer) for answer in list_wrong_answers()]
    assert len(set(names)) == len(names) >= 30


def test_the_right_answers_agree_with_the_key():
    """Verdicts, claims and values of the right submissions are those of the reference."""
    key = dict(flatten(tomllib.loads((REFERENCE / "answers.toml").read_text(encoding="utf-8"))))
    graded = {"verdict", "optimal", "sparse", "scheme", "stage"}
    for path in RIGHT.glob("*/answers.toml"):
        answers = dict(flatten(tomllib.loads(path.read_bytes().decode("utf-8-sig"))))
        for name, value in key.items():
            if name[-1] in graded:
                assert answers[name] == value
            elif name[-1].startswith("average_"):
                assert answers[name] == pytest.approx(value, abs=6e-4)


def read_formula(text):
    """Return ``right``, ``wrong`` or ``a person's``."""
    generator = np.random.default_rng(2)
    W, X, y = (generator.normal(size=shape) for shape in ((5, 1), (3, 5), (3, 1)))
    expected = W - 2 * 0.37 * X.T @ (X @ W - y)
    try:
        values = evaluate_formula(text, W, X, y, 0.37)
    except FormulaUnreadableError:
        return "a person's"
    except FormulaShapeError:
        return "wrong"
    return "right" if any(np.allclose(value, expected) for value in values) else "wrong"


@pytest.mark.parametrize("text", RIGHT_FORMULAS)
def test_right_formulas_are_read_as_right(text):
    assert read_formula(text) == "right"


@pytest.mark.parametrize("text", TYPESET_FORMULAS)
def test_typeset_formulas_are_never_wrong(text):
    assert read_formula(text) in {"right", "a person's"}


@pytest.mark.parametrize("text", PROSE)
def test_prose_is_left_to_a_person(text):
    assert read_formula(text) == "a person's"


@pytest.mark.parametrize("text", WRONG_FORMULAS.values(), ids=WRONG_FORMULAS)
def test_wrong_formulas_are_read_as_wrong(text):
    assert read_formula(text) == "wrong"
