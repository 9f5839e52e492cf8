"""What the tests of Lab 1 establish about single calls on random inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

import reference.lab1 as solutions
from grader.suites import comparison
from grader.suites.grading import Grading
from grader.suites.verdicts import on_inputs

Array = npt.NDArray[np.float64]

SIZES = ((5, 3), (2, 1), (4, 7), (12, 2), (9, 9))  # (d, n)
GRADIENT_HINT = "L is a sum over the samples: its gradient is 2 X^T (X W - y)"
PENALTY_HINT = "add l1 * sign(W) to the gradient, with sign(0) = 0"
SOFT_HINT = "the result is sign(W) * max(|W| - threshold, 0)"


def _draw_weights(rng: np.random.Generator, d: int) -> Array:
    """Draw a column with one entry exactly zero, where an operator has a corner."""
    W = rng.normal(scale=2.0, size=(d, 1))
    W[rng.integers(d)] = 0.0
    return W


def check_gradient_steps(grading: Grading, purpose: str, *, l1: float, watch_inputs: bool) -> None:
    """Check single steps on random problems of several sizes.

    Raises:
        CheckFailed: A step is not right.
    """
    rng = grading.rng(purpose)
    calls: list[tuple[Any, ...]] = []
    for d, n in SIZES:
        X = rng.integers(-3, 4, size=(n, d)).astype(np.float64) + rng.normal(scale=0.1, size=(n, d))
        calls.append(
            (
                _draw_weights(rng, d),
                X,
                rng.normal(scale=4.0, size=(n, 1)),
                float(rng.uniform(0.005, 0.05)),
                l1,
            )
        )
    given = [call if l1 else call[:4] for call in calls]  # plain descent must not need l1
    replies = grading.function("gd_step").call_many(given)
    for (W, X, y, lr, strength), (value, after) in zip(calls, replies, strict=True):
        with on_inputs(W=W, X=X, y=y, lr=lr, l1=strength):
            _judge_gradient_step(value, W, X, y, lr, strength)
            if watch_inputs:
                comparison.demand_unchanged("gd_step(W, X, y, lr)", ("W", "X", "y"), [W, X, y], after)


def _judge_gradient_step(value: Any, W: Array, X: Array, y: Array, lr: float, l1: float) -> None:
    text = f"gd_step(W, X, y, lr{f', l1={l1:g}' if l1 else ''}) with X of shape {X.shape}"
    expected = solutions.gd_step(W, X, y, lr, l1)
    got = comparison.demand_array(text, value, W.shape)
    comparison.demand_close(
        text,
        got,
        expected,
        comparison.tolerance_of_step(W, X, y, lr, l1),
        bound=comparison.STEP_BOUND,
        rationale="the step is not the one of L + l1 * ||W||_1" if l1 else "the step is not the one of L",
        hint=PENALTY_HINT if l1 else GRADIENT_HINT,
    )


def check_pruning(grading: Grading, purpose: str) -> None:
    """Check prune_topk on random weights, with and without ties.

    Raises:
        CheckFailed: A result is no projection, or W was written to.
    """
    rng = grading.rng(purpose)
    cases = []
    for d in (5, 5, 2, 9, 30):
        W = _draw_weights(rng, d)
        W[np.argmax(W)] *= -1.0  # the largest by value is never the largest by magnitude alone
        cases.append((W, int(rng.integers(1, d))))
    cases.append((np.array([[2.0], [-2.0], [1.0], [2.0], [-1.0], [1.0]]) * rng.uniform(0.5, 2.0), 2))
    for (W, k), (value, after) in zip(cases, grading.function("prune_topk").call_many(cases), strict=True):
        text = f"prune_topk(W, k={k}) with W of shape {W.shape}"
        with on_inputs(W=W, k=k):
            got = comparison.demand_array(text, value, W.shape)
            comparison.demand_pruned(text, got, W, k, comparison.tolerance_of_operator(W))
            comparison.demand_unchanged(text, ("W",), [W], after)


def check_soft_threshold(grading: Grading, purpose: str, threshold: float, *, watch_inputs: bool) -> None:
    """Check soft_threshold on random weights at a threshold and at a random one.

    Raises:
        CheckFailed: A result is not the proximal operator's, or W was written to.
    """
    rng = grading.rng(purpose)
    cases: list[tuple[Array, float]] = []
    for d in (5, 2, 17):
        W = _draw_weights(rng, d)
        W[rng.integers(d)] = threshold * rng.uniform(-0.9, 0.9)
        cases += [(W, threshold), (W, float(rng.uniform(0.1, 1.5)))]
    for (W, level), (value, after) in zip(
        cases, grading.function("soft_threshold").call_many(cases), strict=True
    ):
        text = f"soft_threshold(W, threshold) with W of shape {W.shape}"
        with on_inputs(W=W, threshold=level):
            got = comparison.demand_array(text, value, W.shape)
            comparison.demand_close(
                text,
                got,
                comparison.soft(W, level),
                comparison.tolerance_of_operator(W, level),
                bound=comparison.OPERATOR_BOUND,
                rationale="the result does not minimize 1/2 ||V - W||^2 + threshold ||V||_1",
                hint=SOFT_HINT,
            )
            if watch_inputs:
                comparison.demand_unchanged(text, ("W",), [W], after)


def check_trimmed(grading: Grading, purpose: str, threshold: float, *, watch_inputs: bool) -> None:
    """Check trimmed_l1_prox on random weights at a threshold and at a random one.

    Raises:
        CheckFailed: A result is not right, or W was written to.
    """
    rng = grading.rng(purpose)
    cases: list[tuple[Array, float, int]] = []
    for d in (5, 5, 8, 17):
        W = _draw_weights(rng, d)
        W[np.argmax(W)] *= -1.0
        cases += [
            (W, threshold, int(rng.integers(1, d))),
            (W, float(rng.uniform(0.1, 1.5)), int(rng.integers(1, d))),
        ]
    for (W, level, k), (value, after) in zip(
        cases, grading.function("trimmed_l1_prox").call_many(cases), strict=True
    ):
        text = f"trimmed_l1_prox(W, threshold, k={k}) with W of shape {W.shape}"
        with on_inputs(W=W, threshold=level, k=k):
            got = comparison.demand_array(text, value, W.shape)
            comparison.demand_trimmed(text, got, W, level, k, comparison.tolerance_of_operator(W, level))
            if watch_inputs:
                comparison.demand_unchanged(text, ("W",), [W], after)
