"""What separates a right quantizer in another float order from a wrong one, computed from values.

Accuracy and free-running losses cannot: a wrong quantizer may recover better than the right one,
and one weight that crosses a rounding tie makes losses drift apart. Codes, and one step from a
given state, can; ``docs/lab2.md`` shows by how much.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

Arrays = Mapping[str, Any]

# Thresholds lie between the largest value of a right quantizer and the smallest of a wrong one.
CODES_WRONG = 1e-3  # share of the weights
GRADIENT_RIGHT = 0.01  # relative L2
UPDATE_RIGHT = 0.02  # relative L2
ON_GRID = 0.5  # share of the updated weights that lie on a level
LOSS_SMOKE = 0.05  # of the first three losses
SAME_LEVEL = 0.01  # in steps


class StepVerdict(StrEnum):
    """What one step from a given state shows."""

    RIGHT = "right"
    WRONG_CODES = "wrong quantizer"
    OVERWRITTEN = "floating-point weights overwritten"
    NO_GRADIENT = "no straight-through gradient"
    GRADIENT_LEAK = "another gradient at the extremes"
    UPDATE_DIFFERS = "another update"
    UNUSABLE = "values that cannot be compared"


EXPLANATIONS = {
    StepVerdict.RIGHT: "codes, gradient and update agree with the reference's",
    StepVerdict.WRONG_CODES: "the quantized weights are not the reference's",
    StepVerdict.OVERWRITTEN: "after a step the floating-point weights are the quantized ones: "
    "training must accumulate its gradients in floating point, so STE.forward may not write into w",
    StepVerdict.NO_GRADIENT: "the gradient that reaches the weights is not that of the quantized weights: "
    "it must pass straight through the quantizer",
    StepVerdict.GRADIENT_LEAK: "the gradient is not that of the quantized weights at the smallest and "
    "largest weight of each layer: part of it flows through alpha and beta, or is cut off there",
    StepVerdict.UPDATE_DIFFERS: "codes and gradient are right, but the weights after the step are not",
    StepVerdict.UNUSABLE: "a value is missing, of another shape, or not finite",
}


@dataclass(frozen=True)
class StepStatistics:
    """One training step from a given state, against the reference's.

    Attributes:
        codes: Share of the quantized weights on another level.
        gradient: Relative L2 difference of the gradients, the expected one taken straight through at
            the student's own quantized weights, so that a rounding tie is not counted again.
        inner_gradient: The same without the smallest and largest weights of each quantized layer.
        update: Relative L2 difference of the changes of the weights.
        loss: Absolute difference of the losses.
        on_grid: Share of the quantized layers' weights that lie on their levels after the step.
    """

    codes: float
    gradient: float
    inner_gradient: float
    update: float
    loss: float
    on_grid: float

    @property
    def verdict(self) -> StepVerdict:
        """What the statistics mean, the first thing that is wrong first.

        Examples:
            >>> StepStatistics(0.0, 1e-3, 1e-3, 1e-3, 0.0, 1e-3).verdict.value
            'right'
            >>> StepStatistics(0.4, 0.9, 0.9, 0.5, 0.1, 1e-3).verdict.value
            'wrong quantizer'
        """
        if not all(np.isfinite([self.codes, self.gradient, self.update, self.loss])):
            return StepVerdict.UNUSABLE
        if self.on_grid > ON_GRID:
            return StepVerdict.OVERWRITTEN
        if self.codes > CODES_WRONG:
            return StepVerdict.WRONG_CODES
        if self.gradient > GRADIENT_RIGHT:
            at_the_extremes = self.inner_gradient <= GRADIENT_RIGHT
            return StepVerdict.GRADIENT_LEAK if at_the_extremes else StepVerdict.NO_GRADIENT
        return StepVerdict.RIGHT if self.update <= UPDATE_RIGHT else StepVerdict.UPDATE_DIFFERS


UNUSABLE = StepStatistics(*[float("nan")] * 6)


def compare_codes(got: Any, expected: Any, bits: int | None) -> float:
    """Compute the share of weights that were quantized to another level than the reference's.

    A weight nearer than a hundredth of a step to the reference's value has the right level: another
    order of the float operations moves it by less than a thousandth at 8 bits.

    Args:
        got: A layer's quantized weights.
        expected: The reference's.
        bits: Their number of bits; None for floating point.

    Returns:
        A share in [0, 1]; 1 where the shapes differ or a value is not finite.

    Examples:
        >>> compare_codes(np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 3.0]), 2)
        0.3333333333333333
    """
    got, expected = np.asarray(got), np.asarray(expected, dtype=np.float64)
    if got.shape != expected.shape or got.dtype.kind not in "fiu" or not np.isfinite(got).all():
        return 1.0
    width = float(np.ptp(expected))
    step = width / (2**bits - 1) if bits else width * 1e-4
    far = np.abs(got.astype(np.float64) - expected) > SAME_LEVEL * step if step else got != expected
    return float(np.mean(far))


def compare_networks(got: Arrays, expected: Arrays, bits: Mapping[str, int | None]) -> float:
    """Compute the share of all quantized weights of a network on another level than the reference's.

    Args:
        got: Quantized weights by layer.
        expected: The reference's.
        bits: Number of bits by layer.

    Returns:
        A share in [0, 1]; a layer that is missing counts whole.
    """
    shares = [
        (compare_codes(got.get(name, ()), values, bits[name]), np.size(values))
        for name, values in expected.items()
    ]
    return sum(share * size for share, size in shares) / sum(size for _, size in shares)


def compare_step(
    got: Arrays, expected: Arrays, quantized: Arrays, start: Arrays, bits: Mapping[str, int | None]
) -> StepStatistics:
    """Compare a student's training step with the right one from the same state.

    Args:
        got: What `student.given.short_training.train_steps` returned with the student's layers.
        expected: The straight-through step at the quantized weights in ``got``; see
            `grader.lab2.reference_states.ReferenceState.take_straight_step`.
        quantized: The reference's quantized weights.
        start: The weights that both started from.
        bits: Number of bits by quantized layer; layers in floating point are None.

    Returns:
        The `StepStatistics`; all nan where a value is missing or of another shape.
    """
    names = list(expected["gradients"])
    try:
        everywhere: dict[str, Any] = dict.fromkeys(names, True)
        gradient = _relative(got["gradients"], expected["gradients"], everywhere)
        inside = everywhere | {name: _find_inside(start[name]) for name, bit in bits.items() if bit}
        inner = _relative(got["gradients"], expected["gradients"], inside)
        changed = {
            key: {n: side["weights"][n] - start[n] for n in names} for key, side in _sides(got, expected)
        }
        update = _relative(changed["got"], changed["expected"], everywhere)
        loss = abs(float(got["losses"][-1]) - float(expected["losses"][-1]))
        codes = compare_networks(got["quantized"], quantized, bits)
        on_grid = _share_on_grid(got["weights"], bits)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RuntimeError):
        return UNUSABLE  # a worker may return anything
    return StepStatistics(codes, gradient, inner, update, loss, on_grid)


def _sides(got: Arrays, expected: Arrays) -> list[tuple[str, Arrays]]:
    return [("got", got), ("expected", expected)]


def _find_inside(weights: Any) -> Any:
    """Mark the weights that are neither the smallest nor the largest of their layer."""
    values = np.asarray(weights)
    return (values > values.min()) & (values < values.max())


def _relative(got: Arrays, expected: Arrays, where: Mapping[str, Any]) -> float:
    """Compute the relative L2 difference over all parameters; a gradient that is missing is zero."""
    difference = norm = 0.0
    for name, mask in where.items():
        wanted = np.asarray(expected[name], dtype=np.float64)
        found = np.asarray(got.get(name, np.zeros_like(wanted)), dtype=np.float64)
        if found.shape != wanted.shape:
            raise ValueError(name)
        difference += float(np.sum((found - wanted) ** 2 * mask))
        norm += float(np.sum(wanted**2 * mask))
    return float(np.sqrt(difference / norm)) if norm else float("nan")


def _share_on_grid(weights: Arrays, bits: Mapping[str, int | None]) -> float:
    """Compute the share of weights that lie within a hundredth of a step of a level."""
    shares = []
    for name, bit in bits.items():
        if not bit:
            continue
        values = np.asarray(weights[name], dtype=np.float64)
        width = float(np.ptp(values))
        if not width:
            continue
        position = (values - values.min()) / width * (2**bit - 1)
        shares.append(float(np.mean(np.abs(position - np.round(position)) < 0.01)))
    return float(np.mean(shares)) if shares else 0.0


def compare_losses(got: Any, expected: Any) -> float:
    """Compute the largest difference of the first three losses of a free run: a smoke test.

    Args:
        got: Losses, at least three.
        expected: The reference's.

    Returns:
        The difference; infinite where losses are missing or not finite.

    Examples:
        >>> compare_losses([2.3, 2.2, 2.1, 9.0], [2.3, 2.25, 2.1, 0.0]) <= LOSS_SMOKE + 1e-9
        True
    """
    got, expected = np.asarray(got, dtype=np.float64)[:3], np.asarray(expected, dtype=np.float64)[:3]
    if got.shape != expected.shape or not np.isfinite(got).all():
        return float("inf")
    return float(np.max(np.abs(got - expected)))
