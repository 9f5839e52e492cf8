"""The reference of Lab 1 against oracles that are not the reference."""

from itertools import combinations

import numpy as np
import pytest
import torch
from sklearn.linear_model import Lasso

import reference.lab1 as solutions
from student.given.problem import load_assignment
from student.given.trajectories import Run, list_runs, run_trajectory

PROBLEM = load_assignment().lab1
RNG = np.random.default_rng(20)


def end_of(method, function, strength=None, steps=None, two_points=False):
    """Run a method of the assignment and return its last weights and losses."""
    run = Run("", method, function, strength, two_points)
    weights, losses = run_trajectory(run, PROBLEM, solutions, steps)
    return weights[-1], losses


def objective(W, l1=0.0):
    return np.sum((PROBLEM.X @ W - PROBLEM.y) ** 2) + l1 * np.abs(W).sum()


@pytest.mark.parametrize("l1", [0.0, 0.7])
def test_gd_step_follows_autograd(l1):
    """The step is the one that torch's autograd takes on the objective."""
    for _ in range(5):
        W, X, y = RNG.normal(size=(6, 1)), RNG.normal(size=(4, 6)), RNG.normal(size=(4, 1))
        w = torch.tensor(W, requires_grad=True)
        loss = ((torch.tensor(X) @ w - torch.tensor(y)) ** 2).sum() + l1 * w.abs().sum()
        loss.backward()
        expected = W - 0.03 * w.grad.numpy()
        # Both sides are float64: they differ by the rounding of sums in another order.
        np.testing.assert_allclose(solutions.gd_step(W, X, y, 0.03, l1), expected, rtol=1e-12, atol=1e-12)


def test_gd_step_takes_zero_as_the_subgradient_at_zero():
    """An entry that is exactly 0 feels no l1 penalty."""
    X, y = np.zeros((2, 3)), np.zeros((2, 1))
    np.testing.assert_array_equal(solutions.gd_step(np.zeros((3, 1)), X, y, 0.1, 5.0), np.zeros((3, 1)))


def test_soft_threshold_is_softshrink():
    """torch.nn.functional.softshrink is the same operator."""
    W = RNG.normal(size=(200, 1))
    for threshold in (0.0, 0.004, 0.5, 3.0):
        expected = torch.nn.functional.softshrink(torch.tensor(W), threshold).numpy()
        np.testing.assert_allclose(solutions.soft_threshold(W, threshold), expected, rtol=0, atol=1e-15)


def test_soft_threshold_minimizes_its_objective():
    """No point of a fine grid has a smaller value of 1/2 (v - w)^2 + t |v|."""
    grid = np.linspace(-3, 3, 60001)
    for w, t in RNG.normal(size=(20, 2)):
        v = solutions.soft_threshold(np.array([[w]]), abs(t))[0, 0]
        best = np.min(0.5 * (grid - w) ** 2 + abs(t) * np.abs(grid))
        # The grid's spacing of 1e-4 leaves its best value above the minimum by 1e-8 at most.
        assert 0.5 * (v - w) ** 2 + abs(t) * abs(v) <= best + 1e-12


def test_prune_topk_projects_onto_sparse_vectors():
    """No support of k entries is nearer to W, by brute force."""
    for _ in range(20):
        W = RNG.normal(size=(6, 1))
        for k in (1, 2, 5):
            distance = np.sum((solutions.prune_topk(W, k) - W) ** 2)
            brute = min(sum(W[i, 0] ** 2 for i in dropped) for dropped in combinations(range(6), 6 - k))
            assert distance == pytest.approx(brute, rel=1e-12)


def test_prune_topk_keeps_exactly_k_on_ties():
    """Equal magnitudes do not let more than k entries through."""
    assert np.count_nonzero(solutions.prune_topk(np.array([[1.0], [-1.0], [1.0], [1.0]]), 2)) == 2


def test_trimmed_prox_minimizes_its_objective():
    """No choice of the k unpenalized entries gives a smaller value of the proximal objective."""
    for _ in range(20):
        W, t, k = RNG.normal(size=(5, 1)), abs(RNG.normal()), 2

        def value(V, penalized, W=W, t=t):
            return 0.5 * np.sum((V - W) ** 2) + t * np.sum(np.abs(V[list(penalized)]))

        got = solutions.trimmed_l1_prox(W, t, k)
        penalized = np.argsort(-np.abs(W[:, 0]))[k:]
        candidates = []
        for choice in combinations(range(5), 5 - k):
            V = W.copy()
            V[list(choice)] = solutions.soft_threshold(W[list(choice)], t)
            candidates.append(value(V, choice))
        assert value(got, penalized) <= min(candidates) + 1e-12


@pytest.mark.parametrize("threshold", PROBLEM.soft_thresholds)
def test_proximal_gradient_approaches_the_lasso_optimum(threshold):
    """Proximal gradient with threshold lr * lambda ends at scikit-learn's Lasso solution."""
    lam = threshold / PROBLEM.learning_rate
    n = len(PROBLEM.X)
    # scikit-learn minimizes ||y - X w||^2 / (2 n) + alpha ||w||_1: ours divided by 2 n.
    lasso = Lasso(alpha=lam / (2 * n), fit_intercept=False, tol=1e-14, max_iter=1_000_000)
    lasso.fit(PROBLEM.X, PROBLEM.y[:, 0])
    got, _ = end_of("prox", "soft_threshold", threshold, steps=20_000)
    # Lasso stops at a duality gap of 1e-14 times ||y||^2; the objective agrees to that.
    assert objective(got[:, None], lam) == pytest.approx(objective(lasso.coef_[:, None], lam), rel=1e-9)


@pytest.mark.parametrize(
    ("method", "function", "strength"), [("prune", "prune_topk", None), ("trimmed", "trimmed_l1_prox", 2.0)]
)
def test_sparse_methods_find_the_best_support(method, function, strength):
    """Pruning and trimmed l1 end on the support of two entries with the least loss, by brute force."""
    losses = {}
    for support in combinations(range(5), 2):
        W = np.zeros((5, 1))
        W[list(support), 0] = np.linalg.lstsq(PROBLEM.X[:, support], PROBLEM.y[:, 0], rcond=None)[0]
        losses[support] = objective(W)
    best = min(losses, key=losses.get)
    got, final = end_of(method, function, strength)
    assert tuple(np.flatnonzero(np.abs(got) > 1e-9)) == best == (1, 4)
    assert final[-1] < 1e-20


FACTS = {  # item, strength: loss after 200 steps, nonzeros; from independent runs of the assignment
    ("lab1.d", 0.2): (0.00685, 5),
    ("lab1.d", 0.5): (0.0243, 5),
    ("lab1.d", 1.0): (0.106, 5),
    ("lab1.d", 2.0): (0.367, 5),
    ("lab1.e", 0.004): (0.00665, 4),
    ("lab1.e", 0.01): (0.0229, 2),
    ("lab1.e", 0.02): (0.0917, 2),
    ("lab1.e", 0.04): (0.3667, 2),
}


@pytest.mark.parametrize(
    "run", [r for r in list_runs(PROBLEM) if (r.item, r.strength) in FACTS], ids=lambda r: r.label
)
def test_final_losses_of_the_l1_methods(run):
    """The losses and nonzeros after 200 steps are the known ones."""
    weights, losses = run_trajectory(run, PROBLEM, solutions)
    loss, nonzeros = FACTS[run.item, run.strength]
    assert losses[-1] == pytest.approx(loss, rel=5e-3)  # the facts carry three digits
    assert np.count_nonzero(weights[-1]) == nonzeros


def test_gradient_descent_ends_at_the_least_norm_solution():
    """From zero, gradient descent stays in the row space: it ends at the pseudo-inverse's solution."""
    got, losses = end_of("gradient", "gd_step")
    expected = np.linalg.pinv(PROBLEM.X) @ PROBLEM.y
    np.testing.assert_allclose(got, expected[:, 0], atol=1e-9)
    np.testing.assert_allclose(got, [-0.7476, 2.3894, -0.1226, 0.0313, -1.5649], atol=6e-5)
    assert losses[-1] < 1e-20


@pytest.mark.parametrize("strength", PROBLEM.trimmed_strengths)
def test_trimmed_l1_reaches_the_sparse_solution_at_every_strength(strength):
    """All four strengths of (f) end at [0, 3, 0, 0, -1]."""
    got, _ = end_of("trimmed", "trimmed_l1_prox", strength)
    np.testing.assert_allclose(got, [0, 3, 0, 0, -1], atol=1e-9)


@pytest.mark.parametrize(
    ("method", "function", "strength"), [("prune", "prune_topk", None), ("trimmed", "trimmed_l1_prox", 2.0)]
)
def test_two_points_leave_two_supports(method, function, strength):
    """With two points, columns 3 and 5 are opposite: both supports fit, and ties decide between them."""
    problem = PROBLEM.with_two_points()
    np.testing.assert_array_equal(problem.X[:, 2], -problem.X[:, 4])
    got, losses = end_of(method, function, strength, two_points=True)
    assert losses[-1] < 1e-15
    fits = ([0, 3, 1, 0, 0], [0, 3, 0, 0, -1])
    assert any(np.allclose(got, solution, atol=1e-6) for solution in fits)
