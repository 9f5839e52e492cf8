"""Wrong trimmed l1 steps."""

import numpy as np


def penalizes_largest(W, threshold, k):
    """Shrink the k largest and leave the others."""
    out = W.copy()
    large = np.argsort(-np.abs(W[:, 0]))[:k]
    out[large] = np.sign(W[large]) * np.maximum(np.abs(W[large]) - threshold, 0)
    return out


def k_and_rest_swapped(W, threshold, k):
    """Shrink the k smallest instead of the d - k smallest."""
    out = W.copy()
    small = np.argsort(np.abs(W[:, 0]))[:k]
    out[small] = np.sign(W[small]) * np.maximum(np.abs(W[small]) - threshold, 0)
    return out


def shrinks_all(W, threshold, k):
    """Shrink every entry: plain l1."""
    return np.sign(W) * np.maximum(np.abs(W) - threshold, 0)


def zeroes_the_rest(W, threshold, k):
    """Set the rest to zero instead of shrinking it: pruning."""
    out = np.zeros_like(W)
    large = np.argsort(-np.abs(W[:, 0]))[:k]
    out[large] = W[large]
    return out


def hard_thresholds_the_rest(W, threshold, k):
    """Use hard thresholding for the rest."""
    out = np.where(np.abs(W) > threshold, W, 0.0)
    large = np.argsort(-np.abs(W[:, 0]))[:k]
    out[large] = W[large]
    return out


def fixed_two(W, threshold, k):
    """Leave two, whatever k is."""
    out = np.sign(W) * np.maximum(np.abs(W) - threshold, 0)
    large = np.argsort(-np.abs(W[:, 0]))[:2]
    out[large] = W[large]
    return out


def fixed_three_penalized(W, threshold, k):
    """Penalize three, whatever the number of weights and k are."""
    out = W.copy()
    small = np.argsort(np.abs(W[:, 0]))[:3]
    out[small] = np.sign(W[small]) * np.maximum(np.abs(W[small]) - threshold, 0)
    return out


def by_signed_value(W, threshold, k):
    """Leave the k largest values instead of magnitudes."""
    out = np.sign(W) * np.maximum(np.abs(W) - threshold, 0)
    large = np.argsort(-W[:, 0])[:k]
    out[large] = W[large]
    return out


def one_too_many(W, threshold, k):
    """Leave k + 1 without a penalty."""
    out = np.sign(W) * np.maximum(np.abs(W) - threshold, 0)
    large = np.argsort(-np.abs(W[:, 0]))[: k + 1]
    out[large] = W[large]
    return out


def one_too_few(W, threshold, k):
    """Leave k - 1 without a penalty."""
    out = np.sign(W) * np.maximum(np.abs(W) - threshold, 0)
    large = np.argsort(-np.abs(W[:, 0]))[: max(k - 1, 0)]
    out[large] = W[large]
    return out


def not_clipped_at_zero(W, threshold, k):
    """Subtract the threshold from the rest without stopping at zero."""
    out = W - threshold * np.sign(W)
    large = np.argsort(-np.abs(W[:, 0]))[:k]
    out[large] = W[large]
    return out


def threshold_doubled(W, threshold, k):
    """Shrink the rest by twice the threshold."""
    out = np.sign(W) * np.maximum(np.abs(W) - 2 * threshold, 0)
    large = np.argsort(-np.abs(W[:, 0]))[:k]
    out[large] = W[large]
    return out


def grows(W, threshold, k):
    """Add the threshold to the rest."""
    out = W + threshold * np.sign(W)
    large = np.argsort(-np.abs(W[:, 0]))[:k]
    out[large] = W[large]
    return out


def sign_lost(W, threshold, k):
    """Lose the sign of the entries that are shrunk."""
    out = np.maximum(np.abs(W) - threshold, 0)
    large = np.argsort(-np.abs(W[:, 0]))[:k]
    out[large] = W[large]
    return out


def in_place(W, threshold, k):
    """Write into the argument."""
    small = np.argsort(np.abs(W[:, 0]))[: len(W) - k]
    W[small] = np.sign(W[small]) * np.maximum(np.abs(W[small]) - threshold, 0)
    return W


def right_for_ten_calls(W, threshold, k, _calls=[]):
    """Behave well for the first ten calls only."""
    _calls.append(1)
    out = np.sign(W) * np.maximum(np.abs(W) - threshold, 0)
    if len(_calls) <= 10:
        large = np.argsort(-np.abs(W[:, 0]))[:k]
        out[large] = W[large]
    return out
