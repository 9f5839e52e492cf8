"""Known mistakes of ``prune_topk``."""

from typing import Any

import numpy as np

from grader.mistakes.bank import Mistake
from grader.mistakes.selection import (
    EMPTY_SLICE,
    EXACTLY_K,
    MAGNITUDE,
    ONE_OFF,
    above_next,
    at_least,
    first,
    largest,
    largest_signed,
    last_of_order,
    mask_of,
    order,
    prune_by,
    shrink,
    smallest,
)


def _sorted_by_magnitude(W: Any, k: int) -> Any:
    kept = np.zeros(W.size)
    kept[:k] = W.reshape(-1)[order(-np.abs(W))[:k]]
    return kept.reshape(W.shape)


MISTAKES = (
    Mistake(
        "prune_topk.unchanged",
        why="W comes back unchanged",
        hint="is the result of the computation returned?",
        compute=lambda W, k: W + 0.0,  # noqa: ARG005
    ),
    Mistake(
        "prune_topk.keeps_the_smallest",
        why="the k entries of smallest magnitude are kept",
        hint="argsort is ascending: the largest come last",
        compute=prune_by(smallest),
    ),
    Mistake(
        "prune_topk.zeroes_k",
        why="k entries are set to zero: the d - k largest are kept",
        hint="k entries are kept, d - k are set to zero",
        compute=prune_by(lambda W, k: largest(W, W.size - k)),
    ),
    Mistake(
        "prune_topk.zeroes_the_largest",
        why="the k entries of largest magnitude are set to zero and the others kept",
        hint="the mask is the wrong way round: keep the largest",
        compute=prune_by(lambda W, k: ~largest(W, k)),
    ),
    Mistake(
        "prune_topk.by_signed_value",
        why="large negative entries are pruned: entries are compared by value, not by magnitude",
        hint=MAGNITUDE,
        compute=prune_by(largest_signed),
    ),
    Mistake(
        "prune_topk.one_too_many",
        why="k + 1 entries are kept",
        hint=ONE_OFF,
        compute=prune_by(lambda W, k: largest(W, k + 1)),
    ),
    Mistake(
        "prune_topk.one_too_few",
        why="k - 1 entries are kept",
        hint=ONE_OFF + "; is a comparison with the k-th magnitude strict?",
        compute=prune_by(lambda W, k: largest(W, k - 1)),
    ),
    Mistake(
        "prune_topk.fixed_k",
        why="k has no effect: always two entries are kept",
        hint="use the argument k; Lab 1 passes 2 itself",
        compute=prune_by(lambda W, k: largest(W, 2)),  # noqa: ARG005
    ),
    Mistake(
        "prune_topk.first_entries",
        why="the first k entries are kept, whatever their magnitude",
        hint="order the entries by magnitude first",
        compute=prune_by(first),
    ),
    Mistake(
        "prune_topk.returns_magnitudes",
        why="the kept entries lost their sign",
        hint="compare magnitudes, but return the entries of W",
        compute=lambda W, k: np.where(largest(W, k), np.abs(W), 0.0),
    ),
    Mistake(
        "prune_topk.returns_mask",
        why="the result is the mask (1 where an entry is kept), not the pruned weights",
        hint="multiply W by the mask",
        compute=lambda W, k: largest(W, k).astype(float),
    ),
    Mistake(
        "prune_topk.returns_kept_only",
        why="the result holds the kept entries alone",
        hint="the result has the shape of W: the others stay in place as zeros",
        compute=lambda W, k: W[largest(W, k)].reshape(-1, 1),
    ),
    Mistake(
        "prune_topk.returns_kept_sorted",
        why="the result holds the kept entries alone, in order of magnitude",
        hint="the result has the shape of W: the others stay in place as zeros",
        compute=lambda W, k: W.reshape(-1)[order(-np.abs(W))[:k]].reshape(-1, 1),
    ),
    Mistake(
        "prune_topk.fixed_size",
        why="5 - k entries are set to zero, whatever the number of weights",
        hint="the number of weights is W.size",
        compute=lambda W, k: np.where(mask_of(W, order(np.abs(W))[: 5 - k]), 0.0, W),
    ),
    Mistake(
        "prune_topk.sorted",
        why="the kept entries moved: they stand in order of magnitude",
        hint="every kept entry stays at its position in W",
        compute=_sorted_by_magnitude,
    ),
    Mistake(
        "prune_topk.soft",
        why="the kept entries are shrunk",
        hint="iterative pruning keeps the large entries as they are",
        compute=lambda W, k: shrink(W, np.sort(np.abs(W), axis=None)[-k - 1] if k < W.size else 0.0),
    ),
    Mistake(
        "prune_topk.empty_slice",
        why="with k = 0 everything is kept",
        hint=EMPTY_SLICE,
        compute=prune_by(last_of_order),
        case="k_zero",
    ),
    Mistake(
        "prune_topk.ties_kept_together",
        why="entries of equal magnitude are all kept, so more than k entries stay",
        hint=EXACTLY_K,
        compute=prune_by(at_least),
        case="ties",
    ),
    Mistake(
        "prune_topk.ties_dropped_together",
        why="entries of equal magnitude are all pruned, so fewer than k entries stay",
        hint=EXACTLY_K,
        compute=prune_by(above_next),
        case="ties",
    ),
)
