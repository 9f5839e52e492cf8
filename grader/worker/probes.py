"""Snippets of ours that run beside the student's code and return values, never verdicts."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from student.given.trajectories import Run, run_trajectory

PROBES: dict[str, Callable[..., Any]] = {}


def probe(function: Callable[..., Any]) -> Callable[..., Any]:
    """Register a probe under its own name; its first argument is the loaded submission."""
    PROBES[function.__name__] = function
    return function


@probe
def call_many(student: Any, function: str, calls: list[list[Any]]) -> list[tuple[Any, list[Any]]]:
    """Call a function of the student once per argument list.

    Args:
        student: The loaded submission.
        function: One of the six names.
        calls: The positional arguments of each call.

    Returns:
        For each call the value, and the arguments as they are after it.
    """
    target = student.function(function)
    return [(target(*arguments), arguments) for arguments in calls]


@probe
def trajectory(student: Any, run: dict[str, Any], problem: dict[str, Any]) -> Any:
    """Run a method of Lab 1 with the student's functions.

    Args:
        student: The loaded submission.
        run: Fields of a `student.given.trajectories.Run`.
        problem: The arrays and constants of the problem.

    Returns:
        The weights after each step, ``(steps + 1, d)``.
    """

    def solve(W: Any) -> float:
        residual = problem["X"] @ W - problem["y"]
        return float(np.sum(residual * residual))

    method = Run(**run)
    names = {"gd_step", method.function}
    functions = SimpleNamespace(**{name: student.function(name) for name in names})
    weights, _ = run_trajectory(method, SimpleNamespace(**problem, loss=solve), functions)
    return weights
