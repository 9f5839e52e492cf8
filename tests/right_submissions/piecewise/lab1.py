import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    g = 2.0 * np.sum(X * (X @ W - y), axis=0, keepdims=True).T
    g = g + np.select([W > 0, W < 0], [l1, -l1], 0.0)
    return W - lr * g


def prune_topk(W, k):
    if k == 0:
        return np.zeros_like(W)
    order = np.abs(W).ravel().argsort(kind="stable")
    mask = np.isin(np.arange(W.size), order[-k:]).reshape(W.shape)
    return np.where(mask, W, 0)


def soft_threshold(W, threshold):
    t = threshold
    return np.piecewise(W, [W > t, W < -t], [lambda v: v - t, lambda v: v + t, 0])


def trimmed_l1_prox(W, threshold, k):
    if k == 0:
        return soft_threshold(W, threshold)
    order = np.abs(W).ravel().argsort(kind="stable")
    mask = np.isin(np.arange(W.size), order[-k:]).reshape(W.shape)
    return np.where(mask, W, soft_threshold(W, threshold))
