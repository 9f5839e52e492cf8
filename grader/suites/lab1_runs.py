"""What the tests of Lab 1 establish about whole runs, step by step."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

import reference.lab1 as solutions
from grader.suites import comparison
from grader.suites.grading import Grading
from grader.suites.lab1_operators import GRADIENT_HINT, PENALTY_HINT, SOFT_HINT
from grader.suites.verdicts import CheckFailed, on_inputs, show
from student.given.problem import load_assignment
from student.given.trajectories import Run, list_runs, run_trajectory, take_step

Array = npt.NDArray[np.float64]
CALLS = {
    "gradient": "gd_step(W, X, y, lr)",
    "l1": "gd_step(W, X, y, lr, l1)",
    "prune": "prune_topk(gd_step(W, X, y, lr), k)",
    "prox": "soft_threshold(gd_step(W, X, y, lr), threshold)",
    "trimmed": "trimmed_l1_prox(gd_step(W, X, y, lr), threshold, k)",
}


def list_item_runs(grading: Grading, item: str) -> list[Run]:
    """List the runs of an item."""
    return [run for run in list_runs(grading.problem) if run.item == item]


def problem_of(grading: Grading, run: Run) -> Any:
    """Return the problem that a run works on."""
    return grading.problem.with_two_points() if run.two_points else grading.problem


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
        comparison.demand_pruned(text, value, descended, k, tolerance, comparison.STEP_BOUND)
    elif run.method == "trimmed":
        comparison.demand_trimmed(
            text, value, descended, lr * run.strength, k, tolerance, comparison.STEP_BOUND
        )
    else:
        expected = comparison.soft(descended, run.strength) if run.method == "prox" else descended
        hints = {"gradient": GRADIENT_HINT, "l1": PENALTY_HINT}
        comparison.demand_close(
            text,
            value,
            expected,
            tolerance,
            bound=comparison.STEP_BOUND,
            rationale=f"the step is not one of {run.label}",
            hint=hints.get(run.method, SOFT_HINT),
        )


@cache
def run_reference(run: Run) -> tuple[Array, Array]:
    """Run a method with the reference's functions; the same for every submission of a process."""
    weights, losses = run_trajectory(run, load_assignment().lab1, solutions)
    return weights, losses


def judge_steps(text: str, run: Run, problem: Any, states: Array, results: Array) -> None:
    """Judge the weights after one step from each of many states.

    All steps are compared with the reference's at once; only where one differs, which may be a right
    choice on a tie, each is judged by the definition.

    Args:
        text: What was called, in words; the number of the step is put behind it.
        run: The method.
        problem: The problem it runs on.
        states: Weights before each step, ``(steps, d)``.
        results: Weights after each step, ``(steps, d)``.

    Raises:
        CheckFailed: A step is not right.
    """
    lr, k = problem.learning_rate, problem.nonzeros
    l1 = run.strength if run.method == "l1" else 0.0
    residuals = states @ problem.X.T - problem.y.T
    expected = states - lr * (2.0 * residuals @ problem.X + l1 * np.sign(states))
    magnitudes = np.abs(states) @ np.abs(problem.X).T + np.abs(problem.y).T
    tolerance = comparison.tolerance_from(np.abs(states) + lr * (2.0 * magnitudes @ np.abs(problem.X) + l1))
    if run.method in {"prune", "trimmed"}:
        largest = np.argsort(-np.abs(expected), axis=1, kind="stable")[:, :k]
        kept = np.zeros(expected.shape, dtype=bool)
        np.put_along_axis(kept, largest, values=True, axis=1)
        other = 0.0 if run.method == "prune" else comparison.soft(expected, lr * run.strength)
        expected = np.where(kept, expected, other)
    elif run.method == "prox":
        expected = comparison.soft(expected, run.strength)
    for step in np.flatnonzero(~np.all(np.abs(results - expected) <= tolerance, axis=1)):
        with on_inputs(W=states[step][:, None], **describe_step(run, problem)):
            judge_step(
                f"{text}, step {step + 1}: {CALLS[run.method]}",
                run,
                problem,
                states[step][:, None],
                results[step][:, None],
            )


def describe_step(run: Run, problem: Any) -> dict[str, Any]:
    """Return what a step of a run is called with beside the weights, by the names in `CALLS`."""
    inputs = {"X": problem.X, "y": problem.y, "lr": problem.learning_rate}
    if run.method == "l1":
        inputs["l1"] = run.strength
    if run.method == "prox":
        inputs["threshold"] = run.strength
    if run.method == "trimmed":
        inputs["threshold"] = problem.learning_rate * run.strength
    if run.method in {"prune", "trimmed"}:
        inputs["k"] = problem.nonzeros
    return inputs


def _find_operand(run: Run, problem: Any, W: Array) -> Array:
    """Return the weights that a run hands to its function in a state."""
    if run.function == "gd_step":
        return W
    descended: Array = solutions.gd_step(W, problem.X, problem.y, problem.learning_rate)
    return descended


def _other_arguments(run: Run, problem: Any) -> tuple[Any, ...]:
    """Return what a run hands to its function behind the weights, the same in every state."""
    lr, k = problem.learning_rate, problem.nonzeros
    if run.method == "gradient":
        return (problem.X, problem.y, lr)
    if run.method == "l1":
        return (problem.X, problem.y, lr, run.strength)
    if run.method == "prune":
        return (k,)
    if run.method == "prox":
        return (run.strength,)
    return (lr * run.strength, k)


@cache
def list_reference_operands(run: Run) -> Array:
    """List what the reference's run hands to its function, ``(steps, d, 1)``."""
    problem = load_assignment().lab1
    problem = problem.with_two_points() if run.two_points else problem
    return np.array([_find_operand(run, problem, W[:, None]) for W in run_reference(run)[0][:-1]])


def check_steps_from_reference_states(grading: Grading, item: str, index: int) -> None:
    """Check the run's function on the states through which the reference goes, one step each.

    Raises:
        CheckFailed: A step is not right.
    """
    run = list_item_runs(grading, item)[index]
    problem = problem_of(grading, run)
    states = run_reference(run)[0][:-1]
    operands = list_reference_operands(run)
    values = grading.function(run.function).call_each(operands, _other_arguments(run, problem))
    text = f"{run.function} on the states of {run.label}"
    if isinstance(values, np.ndarray) and values.dtype.kind in "fiu" and not np.isnan(values).any():
        judge_steps(text, run, problem, states, values.astype(np.float64)[:, :, 0])
        return
    results = []
    for W, value in zip(states, values, strict=True):
        with on_inputs(W=W[:, None], **describe_step(run, problem)):
            got = comparison.demand_array(f"{text}: {CALLS[run.method]}", value, problem.initial.shape)
            results.append(got[:, 0])
    judge_steps(text, run, problem, states, np.array(results))


def record_run(grading: Grading, item: str, index: int) -> tuple[Run, Array, bool]:
    """Run a method with the student's functions and keep its curves for the report.

    Where gd_step is already known to be wrong, the methods built on it run on the reference's
    gradient step instead, so that one mistake is paid for once.

    Returns:
        The run, the weights after each step, and whether the gradient steps are the reference's.

    Raises:
        StudentFault: The student's code failed.
        CheckFailed: A step returned no array.
    """
    run = list_item_runs(grading, item)[index]
    problem = problem_of(grading, run)
    weights, borrowed = _run_student(grading, run)
    reference_weights, reference_loss = run_reference(run)
    grading.evidence.setdefault("runs", {}).setdefault(item, []).append(
        {
            "label": run.label,
            "strength": run.strength,
            "weights": weights,
            "loss": _losses(problem, weights),
            "reference_weights": reference_weights,
            "reference_loss": reference_loss,
        }
    )
    return run, weights, borrowed


def check_run(grading: Grading, run: Run, weights: Array, *, borrowed: bool) -> None:
    """Check every step of the student's own run from its own states.

    Raises:
        CheckFailed: A step is not right.
    """
    problem = problem_of(grading, run)
    start = problem.initial[:, 0]
    if not np.array_equal(weights[0], start):
        raise CheckFailed(
            call=run.label,
            got=show(weights[0]),
            expected=show(start),
            rationale="the run does not start at the initial weights",
        )
    text = run.label + (" on the reference's gradient steps" if borrowed else "")
    if np.isnan(weights).any():
        step = int(np.flatnonzero(np.isnan(weights).any(axis=1))[0])
        got = f"NaN at step {step}"
        raise CheckFailed(
            call=text, got=got, expected="numbers", rationale="the run ends in NaN: it diverges"
        )
    judge_steps(text, run, problem, weights[:-1], weights[1:])


def check_free_run(grading: Grading, item: str, index: int) -> None:
    """Record a run and check every step of it.

    Raises:
        StudentFault: The student's code failed.
        CheckFailed: A step is not right.
    """
    run, weights, borrowed = record_run(grading, item, index)
    check_run(grading, run, weights, borrowed=borrowed)


def _losses(problem: Any, weights: Array) -> Array:
    with np.errstate(all="ignore"):
        losses: Array = np.sum((weights @ problem.X.T - problem.y.T) ** 2, axis=1)
    return losses


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
        return _demand_trajectory(grading, run, reply), False
    return _run_on_reference_steps(grading, run), True


def _run_on_reference_steps(grading: Grading, run: Run) -> Array:
    """Run the student's operator on the reference's gradient steps.

    The states are foreseen with the reference's operator, so that a right one answers many steps in
    one call; from where its answer is another (a wrong one, a choice on a tie, another rounding) they
    are foreseen anew. A step by itself costs a round trip to the worker.
    """
    function = grading.function(run.function)
    problem = problem_of(grading, run)
    weights = [grading.problem.initial]
    batch = steps = grading.problem.steps
    while len(weights) <= steps:
        states = [weights[-1]]
        for _ in range(min(batch, steps + 1 - len(weights))):
            states.append(take_step(run, problem, states[-1], solutions))
        operands = np.array([_find_operand(run, problem, W) for W in states[:-1]])
        values = function.call_each(operands, _other_arguments(run, problem))
        agreed = True
        for value, foreseen in zip(values, states[1:], strict=True):
            weights.append(_column(run, value, grading))
            if not np.array_equal(weights[-1], foreseen):
                agreed = False
                break
        batch = 2 * batch if agreed else 1
    return np.array([W[:, 0] for W in weights])


def _column(run: Run, value: Any, grading: Grading) -> Array:
    return comparison.demand_array(run.label, value, grading.problem.initial.shape)


def _demand_trajectory(grading: Grading, run: Run, reply: Any) -> Array:
    """Demand weights for every step; they may be infinite or NaN where the run diverges."""
    shape = (grading.problem.steps + 1, grading.problem.initial.size)
    if not isinstance(reply, np.ndarray) or reply.shape != shape or reply.dtype.kind != "f":
        raise CheckFailed(
            call=run.label,
            got=show(reply),
            expected=f"weights of shape {shape}",
            rationale="the run gave no weights",
        )
    return reply.astype(np.float64)
