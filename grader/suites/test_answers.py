"""What is written in answers.toml and can be judged without a person."""

from __future__ import annotations

import numpy as np
import pytest

from grader.suites.grading import Grading
from grader.suites.verdicts import CheckFailed, LeftToPerson, on_inputs, show

ITEMS = [f"1.{number}" for number in range(1, 11)]
QUESTIONS = [("lab1.b", "optimal"), ("lab1.b", "sparse"), ("lab1.c", "optimal"), ("lab1.c", "sparse")]


def _read(grading: Grading, item: str, key: str, what: str) -> object:
    value = grading.answers.get((item, key))
    if value is None or value == "":
        if grading.has_report:
            raise LeftToPerson(f"{what} is not in answers.toml; to be read from the PDF by a person")
        raise CheckFailed(
            call=f"answers.toml, {item}, {key}",
            got="nothing",
            expected=what,
            rationale="not answered",
            hint=f"fill in {key} in answers.toml",
        )
    return value


def _judge(grading: Grading, item: str, key: str, words: tuple[str, str]) -> None:
    got, expected = _read(grading, item, key, f"{words[0]} or {words[1]}"), grading.key[item, key]
    if got is not expected:
        raise CheckFailed(
            call=f"answers.toml, {item}, {key}",
            got=words[0] if got else words[1],
            expected=words[0] if expected else words[1],
            rationale="the answer is not the key's",
        )


@pytest.mark.parametrize("item", [pytest.param(i, marks=pytest.mark.check(f"{i}.verdict")) for i in ITEMS])
def test_verdict(grading: Grading, item: str) -> None:
    """The verdict, true or false, is right."""
    _judge(grading, item, "verdict", ("True", "False"))


@pytest.mark.parametrize(
    ("item", "key"),
    [pytest.param(i, k, marks=pytest.mark.check(f"{i}.{k}"), id=f"{i}-{k}") for i, k in QUESTIONS],
)
def test_conclusion(grading: Grading, item: str, key: str) -> None:
    """The run is judged rightly as optimal or not, sparse or not."""
    _judge(grading, item, key, ("yes", "no"))


@pytest.mark.check("lab1.a.update")
def test_update_formula(grading: Grading) -> None:
    """The formula of W^(k+1), evaluated on random matrices, is a full-batch gradient step on L."""
    text = str(_read(grading, "lab1.a", "update", "the formula of W^(k+1)"))
    rng = grading.rng("lab1.a.update")
    for d in (5, 2, 7):
        W, X, y = rng.normal(size=(d, 1)), rng.normal(size=(3, d)), rng.normal(size=(3, 1))
        lr = float(rng.uniform(0.01, 0.3))
        reply = grading.evaluate_formula(text=text, W=W, X=X, y=y, lr=lr)
        if reply["status"] == "unreadable":
            raise LeftToPerson(f"the formula is left to a person: {reply['message']}")
        expected = W - 2.0 * lr * X.T @ (X @ W - y)
        call = f"W^(k+1) = {text[:200]}"
        if reply["status"] == "wrong":
            raise CheckFailed(
                call=call,
                got=reply["message"],
                expected="W - 2 mu X^T (X W - y)",
                rationale="the shapes in the formula do not fit",
                hint="X is (n, d), W is (d, 1), y is (n, 1); x_i is a row",
            )
        # Written in float64 by a parser of ours: only rounding separates right values.
        if not any(np.allclose(value, expected, rtol=1e-9, atol=1e-9) for value in reply["values"]):
            with on_inputs(W=W, X=X, y=y, mu=lr):
                raise CheckFailed(
                    call=call,
                    got="; ".join(show(value) for value in reply["values"]) or "no value",
                    expected=f"W - 2 mu X^T (X W - y) = {show(expected)}",
                    rationale="the formula is not one step of full-batch gradient descent on L",
                    hint="L is a sum of squares without a factor one half: mind the factor 2 and the signs",
                    tolerance="1e-9: our own parser evaluates the formula in float64",
                )
