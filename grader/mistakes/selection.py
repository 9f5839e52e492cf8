"""Ways to select entries of ``W``, right and wrong, that the mistakes of pruning and trimming share."""

from collections.abc import Callable
from typing import Any

import numpy as np

Selection = Callable[[Any, int], Any]


def order(values: Any) -> Any:
    """Return the positions of the entries in ascending order of ``values``."""
    return np.argsort(values, axis=None, kind="stable")


def mask_of(W: Any, chosen: Any) -> Any:
    """Return the boolean mask of the positions ``chosen``."""
    mask = np.zeros(W.size, dtype=bool)
    mask[chosen] = True
    return mask.reshape(W.shape)


def largest(W: Any, k: int) -> Any:
    """Select the k entries of largest magnitude."""
    return mask_of(W, order(-np.abs(W))[: max(k, 0)])


def smallest(W: Any, k: int) -> Any:
    """Select the k entries of smallest magnitude."""
    return mask_of(W, order(np.abs(W))[: max(k, 0)])


def largest_signed(W: Any, k: int) -> Any:
    """Select the k largest entries by value."""
    return mask_of(W, order(-W)[:k])


def first(W: Any, k: int) -> Any:
    """Select the first k entries."""
    return mask_of(W, np.arange(W.size)[:k])


def last_of_order(W: Any, k: int) -> Any:
    """Select ``[-k:]`` of the ascending order: everything when k is 0."""
    return mask_of(W, order(np.abs(W))[-k:])


def at_least(W: Any, k: int) -> Any:
    """Select what reaches the k-th magnitude: too many entries where it ties."""
    return np.abs(W) >= np.sort(np.abs(W), axis=None)[-k] if k else np.zeros(W.shape, dtype=bool)


def above_next(W: Any, k: int) -> Any:
    """Select what exceeds the (k + 1)-th magnitude: too few entries where it ties."""
    descending = np.sort(np.abs(W), axis=None)[::-1]
    return np.abs(W) > (descending[k] if k < W.size else -1.0)


def shrink(W: Any, threshold: float) -> Any:
    """Apply soft thresholding."""
    return np.sign(W) * np.maximum(np.abs(W) - threshold, 0.0)


def prune_by(select: Selection) -> Callable[..., Any]:
    """Build ``prune_topk`` on a selection."""
    return lambda W, k: np.where(select(W, k), W, 0.0)


def trim_by(select: Selection) -> Callable[..., Any]:
    """Build ``trimmed_l1_prox`` on a selection."""
    return lambda W, threshold, k: np.where(select(W, k), W, shrink(W, threshold))


ONE_OFF = "count the entries that pass: their number is k"
MAGNITUDE = "compare magnitudes: -3 is larger than 2 in magnitude"
EXACTLY_K = "on ties any choice is right, but of exactly k entries: choose positions, not a cut-off value"
EMPTY_SLICE = "a slice that ends or starts at -k is not empty when k is 0: [-0:] is everything"
