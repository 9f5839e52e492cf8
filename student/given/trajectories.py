"""The methods of Lab 1(b) to (g): every one is a gradient step followed by an operator."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Run:
    """One run of Lab 1: a method with its strength, on three or on two data points.

    Attributes:
        item: The rubric item, such as ``"lab1.d"``.
        method: ``"gradient"``, ``"prune"``, ``"l1"``, ``"prox"`` or ``"trimmed"``.
        function: The student's function that makes the method what it is.
        strength: lambda or threshold as the assignment states it; None where there is none.
        two_points: Whether it runs on the two data points of (g).
    """

    item: str
    method: str
    function: str
    strength: float | None = None
    two_points: bool = False

    @property
    def label(self):
        """The run in words, such as ``"l1, λ = 0.2"``."""
        names = {
            "gradient": "gradient descent",
            "prune": "iterative pruning",
            "l1": "ℓ1 by gradient descent, λ = {:g}",
            "prox": "proximal gradient, threshold {:g}",
            "trimmed": "trimmed ℓ1, λ = {:g}",
        }
        return names[self.method].format(self.strength)


def list_runs(problem):
    """List the runs of (b) to (g) for a problem.

    Args:
        problem: A `given.problem.Lab1Problem`.

    Returns:
        The `Run` s, in the order of the assignment.

    Examples:
        >>> from .problem import load_assignment
        >>> runs = list_runs(load_assignment().lab1)
        >>> len(runs), runs[0].label, runs[2].label
        (18, 'gradient descent', 'ℓ1 by gradient descent, λ = 0.2')
    """
    return [
        Run("lab1.b", "gradient", "gd_step"),
        Run("lab1.c", "prune", "prune_topk"),
        *(Run("lab1.d", "l1", "gd_step", strength) for strength in problem.l1_strengths),
        *(Run("lab1.e", "prox", "soft_threshold", threshold) for threshold in problem.soft_thresholds),
        *(Run("lab1.f", "trimmed", "trimmed_l1_prox", strength) for strength in problem.trimmed_strengths),
        Run("lab1.g", "prune", "prune_topk", None, two_points=True),
        Run("lab1.g", "l1", "gd_step", problem.two_points_l1_strength, two_points=True),
        Run("lab1.g", "prox", "soft_threshold", problem.two_points_soft_threshold, two_points=True),
        Run("lab1.g", "trimmed", "trimmed_l1_prox", problem.two_points_trimmed_strength, two_points=True),
    ]


def take_step(run, problem, W, functions):
    """Take one step of a run: the gradient step, then the method's operator.

    Args:
        run: The `Run`.
        problem: The problem it runs on (for (g), the one with two points).
        W: Weights, ``(d, 1)``.
        functions: What provides ``gd_step`` and the operators: a module or any object with
            these attributes.

    Returns:
        The weights after the step.
    """
    lr, k = problem.learning_rate, problem.nonzeros
    if run.method == "l1":
        return functions.gd_step(W, problem.X, problem.y, lr, run.strength)
    descended = functions.gd_step(W, problem.X, problem.y, lr)
    if run.method == "prune":
        return functions.prune_topk(descended, k)
    if run.method == "prox":
        return functions.soft_threshold(descended, run.strength)
    if run.method == "trimmed":
        return functions.trimmed_l1_prox(descended, lr * run.strength, k)
    return descended


def run_trajectory(run, problem, functions, steps=None):
    """Run a method from the initial weights.

    Args:
        run: The `Run`.
        problem: The `given.problem.Lab1Problem` with all data points; the two of (g) are
            taken from it where the run asks for them.
        functions: What provides ``gd_step`` and the operators.
        steps: The number of steps; the problem's when None.

    Returns:
        The weights after each step, ``(steps + 1, d)``, row 0 the initial ones, and
        ``L`` at each, ``(steps + 1,)``.

    Examples:
        >>> from types import SimpleNamespace
        >>> from .problem import load_assignment
        >>> problem = load_assignment().lab1
        >>> still = SimpleNamespace(gd_step=lambda W, X, y, lr, l1=0.0: W)
        >>> weights, losses = run_trajectory(list_runs(problem)[0], problem, still, steps=2)
        >>> weights.shape, losses
        ((3, 5), array([51., 51., 51.]))
    """
    if run.two_points:
        problem = problem.with_two_points()
    steps = problem.steps if steps is None else steps
    W = problem.initial.copy()
    weights = np.empty((steps + 1, W.size))
    for step in range(steps + 1):
        if step:
            W = take_step(run, problem, W, functions)
        if np.iscomplexobj(W):
            raise TypeError(f"{run.label}: found complex weights after step {step}, expected real ones")
        weights[step] = np.asarray(W, dtype=np.float64).reshape(-1)
    with np.errstate(over="ignore", invalid="ignore"):
        losses = np.array([problem.loss(row.reshape(-1, 1)) for row in weights])
    return weights, losses
