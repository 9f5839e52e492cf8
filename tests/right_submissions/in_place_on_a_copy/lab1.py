import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    W_new = W.copy()
    g = X @ W_new
    g -= y
    g = X.T @ g
    g *= 2
    g += l1 * np.sign(W)
    g *= lr
    W_new -= g
    return W_new


def prune_topk(W, k):
    W = np.array(W)          # do not touch the caller's array
    flat = W.reshape(-1)
    for _ in range(flat.size - k):
        candidates = np.where(np.isnan(flat), np.inf, np.abs(flat))
        flat[np.argmin(candidates)] = np.nan
    flat[np.isnan(flat)] = 0
    return W


def soft_threshold(W, threshold):
    out = W.copy()
    out[np.abs(out) <= threshold] = 0
    out[out > 0] -= threshold
    out[out < 0] += threshold
    return out


def trimmed_l1_prox(W, threshold, k):
    out = W.copy()
    index = np.argsort(np.abs(out[:, 0]))
    for i in index[: len(index) - k]:
        if abs(out[i, 0]) <= threshold:
            out[i, 0] = 0
        else:
            out[i, 0] -= threshold * np.sign(out[i, 0])
    return out
