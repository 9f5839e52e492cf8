"""Wrong pruning."""

import numpy as np


def keeps_smallest(W, k):
    """Keep the k smallest magnitudes."""
    out = np.zeros_like(W)
    keep = np.argsort(np.abs(W[:, 0]))[:k]
    out[keep] = W[keep]
    return out


def by_signed_value(W, k):
    """Keep the k largest values instead of magnitudes."""
    out = np.zeros_like(W)
    keep = np.argsort(-W[:, 0])[:k]
    out[keep] = W[keep]
    return out


def one_too_many(W, k):
    """Keep k + 1."""
    out = np.zeros_like(W)
    keep = np.argsort(-np.abs(W[:, 0]))[: k + 1]
    out[keep] = W[keep]
    return out


def one_too_few(W, k):
    """Keep k - 1: strictly above the k-th magnitude."""
    if k == 0:
        return np.zeros_like(W)
    threshold = np.sort(np.abs(W[:, 0]))[::-1][k - 1]
    return np.where(np.abs(W) > threshold, W, 0.0)


def prunes_k(W, k):
    """Prune k entries instead of keeping k."""
    out = W.copy()
    out[np.argsort(np.abs(W[:, 0]))[:k]] = 0
    return out


def fixed_two(W, k):
    """Keep two, whatever k is."""
    out = np.zeros_like(W)
    keep = np.argsort(-np.abs(W[:, 0]))[:2]
    out[keep] = W[keep]
    return out


def fixed_five(W, k):
    """Prune three, as if there were always five weights."""
    out = W.copy()
    out[np.argsort(np.abs(W[:, 0]))[: 5 - k]] = 0
    return out


def ties_all_kept(W, k):
    """Keep all entries that reach the k-th magnitude: more than k on ties."""
    if k == 0:
        return np.zeros_like(W)
    threshold = np.sort(np.abs(W[:, 0]))[::-1][k - 1]
    return np.where(np.abs(W) >= threshold, W, 0.0)


def fixed_threshold(W, k):
    """Prune below a constant."""
    return np.where(np.abs(W) > 0.5, W, 0.0)


def keeps_first(W, k):
    """Keep the first k entries."""
    out = np.zeros_like(W)
    out[:k] = W[:k]
    return out


def returns_mask(W, k):
    """Return the mask instead of the pruned weights."""
    mask = np.zeros_like(W)
    mask[np.argsort(-np.abs(W[:, 0]))[:k]] = 1
    return mask


def returns_kept_only(W, k):
    """Return the k kept entries, shape (k, 1)."""
    return W[np.argsort(-np.abs(W[:, 0]))[:k]]


def returns_magnitudes(W, k):
    """Lose the sign of what is kept."""
    out = np.zeros_like(W)
    keep = np.argsort(-np.abs(W[:, 0]))[:k]
    out[keep] = np.abs(W[keep])
    return out


def in_place(W, k):
    """Write the zeros into the argument."""
    W[np.argsort(np.abs(W[:, 0]))[: len(W) - k]] = 0
    return W


def soft_for_hard(W, k):
    """Shrink what is kept by the largest magnitude that is not."""
    magnitudes = np.sort(np.abs(W[:, 0]))[::-1]
    threshold = magnitudes[k] if k < len(W) else 0.0
    return np.sign(W) * np.maximum(np.abs(W) - threshold, 0)


def mask_cached(W, k, _masks={}):
    """Choose the entries once per shape and keep them for ever."""
    if (W.shape, k) not in _masks:
        mask = np.zeros(W.shape)
        mask[np.argsort(-np.abs(W[:, 0]))[:k]] = 1
        _masks[W.shape, k] = mask
    return W * _masks[W.shape, k]
