import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    return W - lr * (2 * X.T @ (X @ W - y) + l1 * np.sign(W))


def prune_topk(W, k):
    out = np.zeros_like(W)
    keep = np.argsort(-np.abs(W), axis=0)[:k, 0]
    out[keep] = W[keep]
    return out


def soft_threshold(W, threshold):
    return np.sign(W) * np.maximum(np.abs(W) - threshold, 0)


def trimmed_l1_prox(W, threshold, k):
    out = soft_threshold(W, threshold)
    keep = np.argsort(-np.abs(W), axis=0)[:k, 0]
    out[keep] = W[keep]
    return out
