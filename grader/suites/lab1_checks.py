"""What the tests of Lab 1 establish, method by method."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt

import reference.lab1 as solutions
from grader.suites import comparison
from grader.suites.grading import Grading
from grader.suites.verdicts import CheckFailed, show
from student.given.trajectories import Run, list_runs, run_trajectory, take_step

Array = npt.NDArray[np.float64]

SIZES = ((5, 3), (2, 1), (4, 7), (12, 2), (9, 9))  # (d, n)
GRADIENT_HINT = "L is a sum over the samples: its gradient is 2 X^T (X W - y)"


def list_item_runs(grading: Grading, item: str) -> list[Run]:
    """List the runs of an item."""
    return [run for run in list_runs(grading.problem) if run.item == item]


def problem_of(grading: Grading, run: Run) -> Any:
    """Return the problem that a run works on."""
    return grading.problem.with_two_points() if run.two_points else grading.problem


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
    for (W, X, y, lr, strength), (value, after) in zip(
        calls, grading.function("gd_step").call_many(given), strict=True
    ):
        _judge_gradient_step(grading, value, W, X, y, lr, strength)
        if watch_inputs:
            text = f"gd_step(W, X, y, lr={lr:.4g})"
            comparison.demand_unchanged(text, ("W", "X", "y"), [W, X, y], after)


def _judge_gradient_step(
    grading: Grading, value: Any, W: Array, X: Array, y: Array, lr: float, l1: float
) -> None:
    text = f"gd_step(W, X, y, lr={lr:.4g}{f', l1={l1:g}' if l1 else ''}) with X of shape {X.shape}"
    expected = solutions.gd_step(W, X, y, lr, l1)
    try:
        got = comparison.demand_array(text, value, W.shape)
        comparison.demand_close(
            text,
            got,
            expected,
            comparison.tolerance_of_step(W, X, y, lr, l1),
            rationale="the step is not the one of L + l1 * ||W||_1" if l1 else "the step is not the one of L",
            hint="add l1 * sign(W) to the gradient, with sign(0) = 0" if l1 else GRADIENT_HINT,
        )
    except CheckFailed:
        if not l1:
            grading.mark_broken("gd_step")
        raise


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
        text = f"prune_topk(W, k={k}) with W = {show(W)}"
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
        text = f"soft_threshold(W, threshold={level:.4g})"
        got = comparison.demand_array(text, value, W.shape)
        comparison.demand_close(
            text,
            got,
            comparison.soft(W, level),
            comparison.tolerance_of_operator(W, level),
            rationale="the result does not minimize 1/2 ||V - W||^2 + threshold ||V||_1",
            hint="the result is sign(W) * max(|W| - threshold, 0)",
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
        text = f"trimmed_l1_prox(W, threshold={level:.4g}, k={k})"
        got = comparison.demand_array(text, value, W.shape)
        comparison.demand_trimmed(text, got, W, level, k, comparison.tolerance_of_operator(W, level))
        if watch_inputs:
            comparison.demand_unchanged(text, ("W",), [W], after)


def judge_step(text: str, run: Run, problem: Any, W: Array, value: Array) -> None:
    """Judge the weights after one step of a run from the weights before it.

    The gradient step is the definition's; the operator behind it is judged by its definition, so
    any right choice on ties passes.

    Raises:
        CheckFailed: The step is not right.
    """
    lr, k = problem.learning_rate, problem.nonzeros
    l1 = run.strength if run.method == "l1" else 0.0
    descended = solutions.gd_step(W, problem.X, problem.y, lr, l1)
    tolerance = comparison.tolerance_of_step(W, problem.X, problem.y, lr, l1)
    if run.method == "prune":
        comparison.demand_pruned(text, value, descended, k, tolerance)
    elif run.method == "trimmed":
        comparison.demand_trimmed(text, value, descended, lr * run.strength, k, tolerance)
    else:
        expected = comparison.soft(descended, run.strength) if run.method == "prox" else descended
        hints = {"gradient": GRADIENT_HINT, "l1": "add l1 * sign(W) to the gradient, with sign(0) = 0"}
        comparison.demand_close(
            text,
            value,
            expected,
            tolerance,
            rationale=f"the step is not one of {run.label}",
            hint=hints.get(run.method, "the result is sign(W) * max(|W| - threshold, 0)"),
        )


def _reference_states(grading: Grading, run: Run) -> Array:
    weights, _ = run_trajectory(run, grading.problem, solutions)
    return np.asarray(weights, dtype=np.float64)


def _operator_arguments(run: Run, problem: Any, W: Array) -> tuple[Any, ...]:
    """Return the arguments with which a run calls its function from a state."""
    lr, k = problem.learning_rate, problem.nonzeros
    if run.method == "gradient":
        return (W, problem.X, problem.y, lr)
    if run.method == "l1":
        return (W, problem.X, problem.y, lr, run.strength)
    descended = solutions.gd_step(W, problem.X, problem.y, lr)
    if run.method == "prune":
        return (descended, k)
    if run.method == "prox":
        return (descended, run.strength)
    return (descended, lr * run.strength, k)


def check_steps_from_reference_states(grading: Grading, item: str, index: int) -> None:
    """Check the run's function on the states through which the reference goes, one step each.

    Raises:
        CheckFailed: A step is not right.
    """
    run = list_item_runs(grading, item)[index]
    problem = problem_of(grading, run)
    states = _reference_states(grading, run)[:-1, :, None]
    calls = [_operator_arguments(run, problem, W) for W in states]
    for step, (W, (value, _)) in enumerate(
        zip(states, grading.function(run.function).call_many(calls), strict=True), start=1
    ):
        text = f"{run.function} at step {step} of {run.label}"
        try:
            judge_step(text, run, problem, W, comparison.demand_array(text, value, W.shape))
        except CheckFailed:
            if run.method == "gradient":
                grading.mark_broken("gd_step")
            raise


def check_free_run(grading: Grading, item: str, index: int) -> None:
    """Check every step of the student's own run from its own states.

    Where gd_step is already known to be wrong, the methods built on it run on the reference's
    gradient step instead, so that one mistake is paid for once.

    Raises:
        CheckFailed: A step is not right.
    """
    run = list_item_runs(grading, item)[index]
    problem = problem_of(grading, run)
    weights, borrowed = _run_student(grading, run)
    reference_weights, reference_loss = run_trajectory(run, grading.problem, solutions)
    grading.evidence.setdefault("runs", {}).setdefault(item, []).append(
        {
            "label": run.label,
            "strength": run.strength,
            "weights": weights,
            "loss": np.array([_loss(problem, W) for W in weights]),
            "reference_weights": reference_weights,
            "reference_loss": reference_loss,
        }
    )
    start = problem.initial[:, 0]
    if not np.array_equal(weights[0], start):
        raise CheckFailed(
            call=run.label,
            got=show(weights[0]),
            expected=show(start),
            rationale="the run does not start at the initial weights",
        )
    for step in range(1, len(weights)):
        text = f"step {step} of {run.label}" + (" on the reference's gradient steps" if borrowed else "")
        got = comparison.demand_array(text, weights[step][:, None], (problem.initial.size, 1))
        judge_step(text, run, problem, weights[step - 1][:, None], got)


def _loss(problem: Any, W: Array) -> float:
    with np.errstate(all="ignore"):
        return float(problem.loss(W[:, None]))


def _run_student(grading: Grading, run: Run) -> tuple[Array, bool]:
    function = grading.function(run.function)
    if run.function == "gd_step" or not (
        grading.is_broken("gd_step") or grading.function("gd_step").fault is not None
    ):
        reply = function.probe(
            "trajectory",
            run={"item": run.item, "method": run.method, "function": run.function, "strength": run.strength},
            problem={
                "X": problem_of(grading, run).X,
                "y": problem_of(grading, run).y,
                "initial": grading.problem.initial,
                "learning_rate": grading.problem.learning_rate,
                "steps": grading.problem.steps,
                "nonzeros": grading.problem.nonzeros,
            },
        )
        return comparison.demand_array(
            run.label, reply, (grading.problem.steps + 1, grading.problem.initial.size)
        ), False
    operator = SimpleNamespace(
        gd_step=solutions.gd_step,
        **{run.function: lambda *arguments: _column(run, function.call(*arguments), grading)},
    )
    problem = problem_of(grading, run)
    W = grading.problem.initial
    weights = [W[:, 0]]
    for _ in range(grading.problem.steps):
        W = take_step(run, problem, W, operator)
        weights.append(W[:, 0])
    return np.array(weights), True


def _column(run: Run, value: Any, grading: Grading) -> Array:
    return comparison.demand_array(run.label, value, grading.problem.initial.shape)
