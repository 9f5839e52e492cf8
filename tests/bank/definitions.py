"""What a right step of Lab 1 is, by definition: on ties every right choice counts."""

from itertools import combinations

import numpy as np

import reference.lab1 as reference_lab1


def list_right_steps(run, problem, W):
    """List the weights that are right after one step of a run from ``W``.

    On the two data points of (g), columns 3 and 5 are negatives of each other, so these two
    weights tie in magnitude and the run may keep either: a run is right if each of its steps is
    right from its own state, not if it equals the reference's.

    Args:
        run: A `student.given.trajectories.Run`.
        problem: The problem it works on.
        W: Weights before the step, ``(d, 1)``.

    Returns:
        Candidates, each ``(d, 1)``.
    """
    lr = problem.learning_rate
    if run.method == "l1":
        return [reference_lab1.gd_step(W, problem.X, problem.y, lr, run.strength)]
    V = reference_lab1.gd_step(W, problem.X, problem.y, lr)
    if run.method == "gradient":
        return [V]
    if run.method == "prox":
        return [reference_lab1.soft_threshold(V, run.strength)]
    shrunk = reference_lab1.soft_threshold(V, np.inf if run.method == "prune" else lr * run.strength)
    candidates = []
    magnitudes = np.abs(V[:, 0])
    for kept in map(list, combinations(range(len(V)), problem.nonzeros)):
        # Magnitudes within float32 rounding of each other count as tied.
        if magnitudes[kept].min() >= np.delete(magnitudes, kept).max() - 1e-4:
            candidate = shrunk.copy()
            candidate[kept] = V[kept]
            candidates.append(candidate)
    return candidates


def measure_step(run, problem, before, after):
    """Return the largest entry of the distance to the nearest right step; inf where it is NaN."""
    with np.errstate(all="ignore"):
        distances = [np.abs(right - after).max() for right in list_right_steps(run, problem, before)]
    return min((distance for distance in distances if np.isfinite(distance)), default=np.inf)
