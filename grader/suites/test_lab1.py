"""Lab 1(b) to (g): the operators by their definition, and every step of every run."""

from __future__ import annotations

from typing import Any

import pytest

from grader.suites import lab1_operators as operators
from grader.suites import lab1_runs as runs
from grader.suites.grading import Grading


@pytest.mark.check("lab1.b.one_step")
def test_gd_step_takes_one_full_batch_step(grading: Grading) -> None:
    """gd_step takes one full-batch step on L, on random problems and from the states of (b)."""
    with grading.depended_on("gd_step"):
        operators.check_gradient_steps(grading, "lab1.b.one_step", l1=0.0, watch_inputs=True)
        runs.check_steps_from_reference_states(grading, "lab1.b", 0)


@pytest.mark.check("lab1.b.free_run")
def test_gradient_descent_runs(grading: Grading) -> None:
    """Every one of the steps of gradient descent in (b) is a right step."""
    with grading.depended_on("gd_step"):
        runs.check_free_run(grading, "lab1.b", 0)


@pytest.mark.check("lab1.c.operator")
def test_prune_topk_keeps_the_largest(grading: Grading) -> None:
    """prune_topk keeps the k entries of largest magnitude, on random weights and those of (c)."""
    operators.check_pruning(grading, "lab1.c.operator")
    runs.check_steps_from_reference_states(grading, "lab1.c", 0)


@pytest.mark.check("lab1.c.free_run")
def test_iterative_pruning_runs(grading: Grading) -> None:
    """Every one of the steps of iterative pruning in (c) is a right step."""
    runs.check_free_run(grading, "lab1.c", 0)


def _numbered(item: str, name: str, count: int = 4) -> list[Any]:
    return [
        pytest.param(index, marks=pytest.mark.check(f"{item}.{name}_{index + 1}"), id=str(index + 1))
        for index in range(count)
    ]


@pytest.mark.parametrize("index", _numbered("lab1.d", "strength"))
def test_gradient_descent_on_the_l1_objective(grading: Grading, index: int) -> None:
    """gd_step with an l1 penalty takes right steps, on random problems and in the run of (d)."""
    run, weights, borrowed = runs.record_run(grading, "lab1.d", index)
    operators.check_gradient_steps(
        grading, f"lab1.d.{index}", l1=grading.problem.l1_strengths[index], watch_inputs=False
    )
    runs.check_steps_from_reference_states(grading, "lab1.d", index)
    runs.check_run(grading, run, weights, borrowed=borrowed)


@pytest.mark.parametrize("index", _numbered("lab1.e", "threshold"))
def test_proximal_gradient(grading: Grading, index: int) -> None:
    """soft_threshold is the proximal operator of l1, on random weights and in the run of (e)."""
    run, weights, borrowed = runs.record_run(grading, "lab1.e", index)
    threshold = grading.problem.soft_thresholds[index]
    operators.check_soft_threshold(grading, f"lab1.e.{index}", threshold, watch_inputs=index == 0)
    runs.check_steps_from_reference_states(grading, "lab1.e", index)
    runs.check_run(grading, run, weights, borrowed=borrowed)


@pytest.mark.parametrize("index", _numbered("lab1.f", "strength"))
def test_trimmed_l1(grading: Grading, index: int) -> None:
    """trimmed_l1_prox penalizes all but the k largest, on random weights and in the run of (f)."""
    run, weights, borrowed = runs.record_run(grading, "lab1.f", index)
    threshold = grading.problem.learning_rate * grading.problem.trimmed_strengths[index]
    operators.check_trimmed(grading, f"lab1.f.{index}", threshold, watch_inputs=index == 0)
    runs.check_steps_from_reference_states(grading, "lab1.f", index)
    runs.check_run(grading, run, weights, borrowed=borrowed)


@pytest.mark.parametrize(
    "index",
    [
        pytest.param(index, marks=pytest.mark.check(f"lab1.g.{name}"), id=name)
        for index, name in enumerate(("pruning", "l1", "prox", "trimmed"))
    ],
)
def test_two_points(grading: Grading, index: int) -> None:
    """With two data points the method takes right steps."""
    run, weights, borrowed = runs.record_run(grading, "lab1.g", index)
    runs.check_steps_from_reference_states(grading, "lab1.g", index)
    runs.check_run(grading, run, weights, borrowed=borrowed)
