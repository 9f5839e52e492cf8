"""Comparisons of a returned value with the definition, each with its tolerance.

float32 answers are right answers, so every tolerance is a bound on the rounding of a float32
evaluation in any order, scaled by the magnitudes that enter the sum. The smallest effect of a
known mistake on the inputs drawn here is larger by orders of magnitude (docs/grading.md).
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.suites.verdicts import CheckFailed, show

Array = npt.NDArray[np.float64]
EPS32 = float(np.finfo(np.float32).eps)
STEP_BOUND = "32 eps (|W| + lr (2 |X|' (|X| |W| + |y|) + l1)): what float32 may round in any order"
OPERATOR_BOUND = "4 eps (|W| + threshold): one conversion to float32 and one subtraction"


def demand_array(call: str, got: Any, shape: tuple[int, ...]) -> Array:
    """Demand a real NumPy array of a shape and return it as float64.

    Raises:
        CheckFailed: It is none, or holds NaN.
    """
    expected = f"a NumPy array of shape {shape}"
    if not isinstance(got, np.ndarray):
        found = "None" if got is None else type(got).__name__
        hint = "does the function return its result?" if got is None else "return a NumPy array"
        raise CheckFailed(
            call=call,
            got=show(got),
            expected=expected,
            rationale=f"the result is {found}, not an array",
            hint=hint,
        )
    if got.dtype.kind not in "fiu":
        raise CheckFailed(
            call=call,
            got=show(got),
            expected=expected,
            rationale=f"the result has dtype {got.dtype}, which holds no real numbers",
        )
    if got.shape != shape:
        raise CheckFailed(
            call=call,
            got=f"shape {got.shape}",
            expected=f"shape {shape}",
            rationale="the result has another shape than W",
            hint="keep W a column: (d, 1) in, (d, 1) out",
        )
    values = got.astype(np.float64)
    if np.isnan(values).any():
        raise CheckFailed(call=call, got=show(got), expected="numbers", rationale="the result holds NaN")
    return values


def demand_unchanged(call: str, names: tuple[str, ...], before: list[Any], after: list[Any]) -> None:
    """Demand that a call left its arrays as they were.

    Raises:
        CheckFailed: One was written to.
    """
    for name, old, new in zip(names, before, after, strict=False):
        same = isinstance(new, np.ndarray) and new.shape == old.shape and np.array_equal(new, old)
        if isinstance(old, np.ndarray) and not same:
            raise CheckFailed(
                call=call,
                got=f"{name} after the call: {show(new)}",
                expected=f"{name} as before the call: {show(old)}",
                rationale=f"the call wrote into its argument {name}",
                hint=f"work on a copy: {name}.copy()",
            )


def demand_close(
    call: str, got: Array, expected: Array, tolerance: Array, *, bound: str, rationale: str, hint: str = ""
) -> None:
    """Demand agreement entry by entry within a tolerance; ``bound`` says why it is what it is.

    Raises:
        CheckFailed: An entry differs by more; the message shows the worst one.
    """
    excess = np.abs(got - expected) - tolerance
    if np.all(excess <= 0):
        return
    worst = np.unravel_index(int(np.argmax(np.where(np.isnan(excess), np.inf, excess))), got.shape)
    at = [int(index) for index in worst]
    differing = int(np.sum(~(excess <= 0)))
    raise CheckFailed(
        call=call,
        got=f"{got[worst]:.6g} at {at} ({differing} of {got.size} entries differ); all: {show(got)}",
        expected=f"{expected[worst]:.6g} at {at} (±{tolerance[worst]:.1e}); all: {show(expected)}",
        rationale=rationale,
        hint=hint,
        tolerance=f"{tolerance[worst]:.1e} at this entry, {bound}",
    )


def tolerance_from(magnitude: Array) -> Array:
    """Bound the float32 rounding of a gradient step from the magnitudes that enter its sums.

    Every product and sum rounds with relative error EPS32 at most; the longest path of the problems
    drawn here has n + d operations and a few more, below 32.
    """
    bound: Array = 32.0 * EPS32 * magnitude + 1e-12
    return bound


def tolerance_of_step(W: Array, X: Array, y: Array, lr: float, l1: float) -> Array:
    """Bound the float32 rounding of ``W - lr * (2 X^T (X W - y) + l1 sign W)``, entry by entry."""
    return tolerance_from(np.abs(W) + lr * (2.0 * np.abs(X).T @ (np.abs(X) @ np.abs(W) + np.abs(y)) + l1))


def tolerance_of_operator(W: Array, threshold: float = 0.0) -> Array:
    """Bound the float32 rounding of an operator: a conversion and one subtraction."""
    return 4.0 * EPS32 * (np.abs(W) + threshold) + 1e-12


def soft(W: Array, threshold: float) -> Array:
    """Return the minimizer of ``1/2 (v - w)^2 + threshold |v|``, by cases."""
    return np.where(W > threshold, W - threshold, np.where(W < -threshold, W + threshold, 0.0))


def _fail_selection(
    call: str, got: Array, expected: str, tolerance: Array, bound: str, rationale: str, hint: str = ""
) -> None:
    """Say that a choice of entries is not right."""
    raise CheckFailed(
        call=call,
        got=show(got),
        expected=expected,
        rationale=rationale,
        hint=hint,
        tolerance=f"at most {tolerance.max():.1e}, {bound}; magnitudes that differ by less count as equal, "
        "and any choice among equal ones is right",
    )


def demand_pruned(
    call: str, got: Array, W: Array, k: int, tolerance: Array, bound: str = OPERATOR_BOUND
) -> None:
    """Demand a projection of ``W`` onto the arrays with at most ``k`` nonzeros.

    Any choice among magnitudes that are equal within the tolerance is right.

    Raises:
        CheckFailed: An entry was changed, too many or too few are left, or the wrong ones.
    """
    kept = got != 0
    best = np.sort(np.abs(W), axis=None)[::-1]
    expected = f"the {k} entries of largest magnitude, {show(best[:k])}, of {show(W)}"

    fail = partial(_fail_selection, call, got, expected, tolerance, bound)

    if np.any(np.abs(got - W)[kept] > tolerance[kept]):
        fail("entries that are kept have other values than in W", "kept entries pass unchanged")
    nonzeros = int(kept.sum())
    if nonzeros > k:
        fail(
            f"{nonzeros} entries are left, expected {k}",
            "zero all but k entries, also where magnitudes are equal",
        )
    significant = int(np.sum(np.abs(W) > tolerance))
    if nonzeros < min(k, significant):
        fail(f"only {nonzeros} entries are left, expected {min(k, significant)}")
    dropped = np.abs(W)[~kept]
    if nonzeros and dropped.size and dropped.max() > np.abs(W)[kept].min() + tolerance.max():
        fail(
            "a larger entry was set to zero while a smaller one was kept",
            "compare magnitudes |W|, keep the largest",
        )


def demand_trimmed(
    call: str, got: Array, W: Array, threshold: float, k: int, tolerance: Array, bound: str = OPERATOR_BOUND
) -> None:
    """Demand that all but ``k`` entries of largest magnitude are soft-thresholded.

    Raises:
        CheckFailed: No choice of the k entries explains the result.
    """
    passed = np.abs(got - W) <= tolerance
    shrunk = np.abs(got - soft(W, threshold)) <= tolerance
    expected = (
        f"{show(soft(W, threshold))} but for the {k} entries of largest magnitude, unchanged; W = {show(W)}"
    )

    fail = partial(_fail_selection, call, got, expected, tolerance, bound)

    if not np.all(passed | shrunk):
        fail(
            f"{int(np.sum(~(passed | shrunk)))} entries are neither unchanged nor soft-thresholded",
            "penalized entries become sign(W) * max(|W| - threshold, 0), the others pass unchanged",
        )
    must_pass, may_pass = passed & ~shrunk, passed & shrunk
    count = int(must_pass.sum())
    if count > k or count + int(may_pass.sum()) < k:
        fail(
            f"{count} entries pass unchanged, expected {k}", "k entries go without a penalty, d - k with one"
        )
    magnitudes = np.abs(W)
    chosen = must_pass.copy()
    for index in np.argsort(-np.where(may_pass, magnitudes, -1.0), axis=None, kind="stable")[: k - count]:
        chosen.flat[index] = True
    if 0 < chosen.sum() < W.size:
        smallest, largest = magnitudes[chosen].min(), magnitudes[~chosen].max()
        if largest > smallest + tolerance.max():
            fail(
                "a larger entry was penalized while a smaller one was not",
                "the entries of largest magnitude go without a penalty",
            )
