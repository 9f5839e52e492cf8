import numpy as np

F = np.float32


def gd_step(W, X, y, lr, l1=0.0):
    W, X, y = W.astype(F), X.astype(F), y.astype(F)
    return W - F(lr) * (F(2) * X.T @ (X @ W - y) + F(l1) * np.sign(W))


def prune_topk(W, k):
    W = W.astype(F)
    keep = np.argsort(np.abs(W), axis=0)[W.shape[0] - k :]
    out = np.zeros_like(W)
    np.put_along_axis(out, keep, np.take_along_axis(W, keep, axis=0), axis=0)
    return out


def soft_threshold(W, threshold):
    W = W.astype(F)
    return np.sign(W) * np.maximum(np.abs(W) - F(threshold), F(0))


def trimmed_l1_prox(W, threshold, k):
    W = W.astype(F)
    keep = np.argsort(np.abs(W), axis=0)[W.shape[0] - k :]
    out = soft_threshold(W, threshold)
    np.put_along_axis(out, keep, np.take_along_axis(W, keep, axis=0), axis=0)
    return out
