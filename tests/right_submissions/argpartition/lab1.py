import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    return W - lr * (2 * np.matmul(X.T, np.matmul(X, W) - y) + l1 * np.sign(W))


def _largest(W, k):
    """Indices of the k entries of largest magnitude."""
    a = np.abs(W).ravel()
    if k <= 0:
        return np.array([], dtype=int)
    if k >= a.size:
        return np.arange(a.size)
    return np.argpartition(-a, k - 1)[:k]


def prune_topk(W, k):
    out = np.zeros_like(W)
    idx = np.unravel_index(_largest(W, k), W.shape)
    out[idx] = W[idx]
    return out


def soft_threshold(W, threshold):
    return np.maximum(W - threshold, 0) + np.minimum(W + threshold, 0)


def trimmed_l1_prox(W, threshold, k):
    out = soft_threshold(W, threshold)
    idx = np.unravel_index(_largest(W, k), W.shape)
    out[idx] = W[idx]
    return out
