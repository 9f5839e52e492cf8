"""Known mistakes of ``trimmed_l1_prox``."""

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
    shrink,
    smallest,
    trim_by,
)

MISTAKES = (
    Mistake(
        "trimmed_l1_prox.unchanged",
        why="W comes back unchanged",
        hint="is the result of the computation returned?",
        compute=lambda W, threshold, k: W + 0.0,  # noqa: ARG005
    ),
    Mistake(
        "trimmed_l1_prox.penalizes_the_largest",
        why="the k entries of largest magnitude are shrunk and the others pass",
        hint="trimmed l1 spares the largest entries: that is how it avoids the bias of l1",
        compute=trim_by(lambda W, k: ~largest(W, k)),
    ),
    Mistake(
        "trimmed_l1_prox.k_and_rest_swapped",
        why="k entries are shrunk and d - k pass: the two numbers are swapped",
        hint="k is the number of entries without a penalty",
        compute=trim_by(lambda W, k: largest(W, W.size - k)),
    ),
    Mistake(
        "trimmed_l1_prox.spares_the_smallest",
        why="the k entries of smallest magnitude pass unchanged",
        hint="argsort is ascending: the largest come last",
        compute=trim_by(smallest),
    ),
    Mistake(
        "trimmed_l1_prox.one_too_many",
        why="k + 1 entries pass unchanged",
        hint=ONE_OFF,
        compute=trim_by(lambda W, k: largest(W, k + 1)),
    ),
    Mistake(
        "trimmed_l1_prox.one_too_few",
        why="only k - 1 entries pass unchanged",
        hint=ONE_OFF + "; is a comparison with the k-th magnitude strict?",
        compute=trim_by(lambda W, k: largest(W, k - 1)),
    ),
    Mistake(
        "trimmed_l1_prox.fixed_k",
        why="k has no effect: always two entries pass unchanged",
        hint="use the argument k; Lab 1 passes 2 itself",
        compute=trim_by(lambda W, k: largest(W, 2)),  # noqa: ARG005
    ),
    Mistake(
        "trimmed_l1_prox.three_penalized",
        why="always three entries are penalized, whatever the number of weights and k",
        hint="d - k entries are penalized; the number of weights is W.size",
        compute=lambda W, threshold, k: np.where(smallest(W, 3), shrink(W, threshold), W),  # noqa: ARG005
    ),
    Mistake(
        "trimmed_l1_prox.by_signed_value",
        why="entries are compared by value, not by magnitude",
        hint=MAGNITUDE,
        compute=trim_by(largest_signed),
    ),
    Mistake(
        "trimmed_l1_prox.first_entries",
        why="the first k entries pass, whatever their magnitude",
        hint="order the entries by magnitude first",
        compute=trim_by(first),
    ),
    Mistake(
        "trimmed_l1_prox.penalizes_all",
        why="every entry is shrunk: that is the plain l1 proximal step",
        hint="the k entries of largest magnitude pass unchanged",
        compute=lambda W, threshold, k: shrink(W, threshold),  # noqa: ARG005
    ),
    Mistake(
        "trimmed_l1_prox.prunes_the_rest",
        why="the penalized entries are set to zero: that is pruning",
        hint="the penalized entries are soft-thresholded, so they may stay nonzero",
        compute=lambda W, threshold, k: np.where(largest(W, k), W, 0.0),  # noqa: ARG005
    ),
    Mistake(
        "trimmed_l1_prox.hard_threshold",
        why="the penalized entries above the threshold are not shrunk (hard thresholding)",
        hint="the penalized entries are soft-thresholded",
        compute=lambda W, threshold, k: np.where(largest(W, k) | (np.abs(W) > threshold), W, 0.0),
    ),
    Mistake(
        "trimmed_l1_prox.zeroes_the_largest",
        why="the k entries of largest magnitude are set to zero",
        hint="the k largest pass unchanged",
        compute=lambda W, threshold, k: np.where(largest(W, k), 0.0, shrink(W, threshold)),
    ),
    Mistake(
        "trimmed_l1_prox.sign_lost",
        why="the penalized entries lost their sign",
        hint="soft thresholding keeps the sign of every entry",
        compute=lambda W, threshold, k: np.where(largest(W, k), W, np.abs(shrink(W, threshold))),
    ),
    Mistake(
        "trimmed_l1_prox.crosses_zero",
        why="penalized entries below the threshold come out with the opposite sign",
        hint="an entry that would cross zero stops at zero",
        compute=lambda W, threshold, k: np.where(largest(W, k), W, W - threshold * np.sign(W)),
    ),
    Mistake(
        "trimmed_l1_prox.grows",
        why="the penalized entries grow instead of shrinking",
        hint="check the sign of the threshold's part",
        compute=lambda W, threshold, k: np.where(largest(W, k), W, W + threshold * np.sign(W)),
    ),
    Mistake(
        "trimmed_l1_prox.threshold_times_learning_rate",
        why="the threshold is multiplied by the learning rate 0.02 once more",
        hint="the argument threshold is already lr * lambda",
        compute=lambda W, threshold, k: np.where(largest(W, k), W, shrink(W, 0.02 * threshold)),
    ),
    Mistake(
        "trimmed_l1_prox.threshold_doubled",
        why="the penalized entries are shrunk twice",
        hint="shrink by threshold, once",
        compute=lambda W, threshold, k: np.where(largest(W, k), W, shrink(W, 2.0 * threshold)),
    ),
    Mistake(
        "trimmed_l1_prox.empty_slice",
        why="with k = 0 no entry is shrunk",
        hint=EMPTY_SLICE,
        compute=trim_by(last_of_order),
        case="k_zero",
    ),
    Mistake(
        "trimmed_l1_prox.ties_spared_together",
        why="entries of equal magnitude all pass, so more than k entries are spared",
        hint=EXACTLY_K,
        compute=trim_by(at_least),
        case="ties",
    ),
    Mistake(
        "trimmed_l1_prox.ties_penalized_together",
        why="entries of equal magnitude are all shrunk, so fewer than k entries are spared",
        hint=EXACTLY_K,
        compute=trim_by(above_next),
        case="ties",
    ),
)
