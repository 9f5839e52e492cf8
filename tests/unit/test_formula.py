"""The reader of formulas: forgiving in notation, strict in mathematics."""

import numpy as np
import pytest

from grader.worker.formula import FormulaShapeError, FormulaUnreadableError, evaluate_formula

RIGHT = [
    "W - 2*mu*X.T*(X*W - y)",
    "W - 2*mu*X'*(X*W-y)",
    "W - mu*2*X^T*(X@W-y)",
    "W_k - 2*mu*sum_i x_i^T (x_i W_k - y_i)",
    "W^k − 2μ Σ_i x_iᵀ(x_i W^k − y_i)",
    r"W^{k+1} = W^k - 2 \mu \sum_{i=1}^{3} x_i^T (x_i W^k - y_i)",
    r"$W^{k+1} = W^{k} - 2\mu \sum_{i=1}^3 X_i^\top (X_i W^{k} - y_i)$",
    "W(k+1) = W(k) - 2*mu*X'*(X*W(k)-y)",
    "W - 2*lr*sum((X_i*W - y_i)*X_i.T)",
    "W - lr*(2*X.T@X@W - 2*X.T@y)",
    "W - 2*mu*(x_1^T*(x_1*W-y_1)+x_2^T*(x_2*W-y_2)+x_3^T*(x_3*W-y_3))",
    "W + 2*mu*X.T*(y - X*W)",
    "W-2*mu*np.dot(X.T, X.dot(W)-y)",
    "W - 2 mu sum_i x_i (x_i^T W - y_i)",
    r"W_{k} - 2\mu\sum_{i} x_{i}^{T}(x_{i}W_{k}-y_{i})",
    "(I - 2*mu*X.T*X)*W + 2*mu*X.T*y",
    "W - mu * sum_{i=1}^{n} 2 (x_i W - y_i) x_i^T",
    "W - 2*mu*transpose(X)*(X*W - y)",
]
WRONG = [
    "W - mu*X.T*(X*W - y)",
    "W + 2*mu*X.T*(X*W - y)",
    "W - mu/3*2*X.T*(X*W-y)",
    "W",
    "W - 2*mu*x_1^T*(x_1*W-y_1)",
]
UNREADABLE = [
    "take the gradient and subtract it",
    "W^k - mu * grad",
    r"W - \mu \nabla L",
    "",
    "((((",
    "W - 2*mu*",
    "__import__('os').system('true')",
    "(" * 500,
    "W" * 5000,
]


def problem():
    rng = np.random.default_rng(3)
    return rng.normal(size=(5, 1)), rng.normal(size=(3, 5)), rng.normal(size=(3, 1)), 0.03


def step(W, X, y, lr):
    return W - 2 * lr * X.T @ (X @ W - y)


@pytest.mark.parametrize("text", RIGHT)
def test_right_formula_is_right_in_any_notation(text):
    """Every usual way of writing the step evaluates to the step."""
    values = evaluate_formula(text, *problem())
    assert any(np.allclose(value, step(*problem()), rtol=1e-12) for value in values)


@pytest.mark.parametrize("text", WRONG)
def test_wrong_formula_evaluates_to_something_else(text):
    """A formula that can be read and is wrong does not pass."""
    values = evaluate_formula(text, *problem())
    assert not any(np.allclose(value, step(*problem())) for value in values)


def test_missing_transpose_is_named():
    """Shapes that do not fit are a mistake, not a question of notation."""
    with pytest.raises(FormulaShapeError, match="transpose"):
        evaluate_formula("W - 2*mu*X*(X*W - y)", *problem())


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_is_no_formula_is_left_to_a_person(text):
    """Prose, unknown names and broken text raise the error that leaves the mark to a person."""
    with pytest.raises(FormulaUnreadableError):
        evaluate_formula(text, *problem())
