"""Lab 1 with type hints."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
TWO: Final[float] = 2.0


@dataclass(frozen=True)
class Split:
    large: NDArray[np.intp]
    small: NDArray[np.intp]


def split_by_magnitude(W: Vector, *, k: int) -> Split:
    order = np.argsort(np.abs(W), axis=None)[::-1]
    return Split(large=order[:k], small=order[k:])


def gradient(*, W: Vector, X: Vector, y: Vector) -> Vector:
    return TWO * X.T @ (X @ W - y)


def gd_step(W: Vector, X: Vector, y: Vector, lr: float, l1: float = 0.0) -> Vector:
    return W - lr * gradient(W=W, X=X, y=y) - lr * l1 * np.sign(W)


def prune_topk(W: Vector, k: int) -> Vector:
    result = W.copy()
    result.put(split_by_magnitude(W, k=k).small, 0.0)
    return result


def soft_threshold(W: Vector, threshold: float) -> Vector:
    return np.copysign(np.fmax(np.fabs(W) - threshold, 0.0), W)


def trimmed_l1_prox(W: Vector, threshold: float, k: int) -> Vector:
    result = W.copy()
    small = split_by_magnitude(W, k=k).small
    result.put(small, soft_threshold(W.take(small), threshold))
    return result
