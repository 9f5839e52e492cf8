import numpy as np
from functools import partial


def make_step(factor):
    def step(W, X, y, lr, l1=0.0):
        return W - lr * (factor * X.T @ (X @ W - y) + l1 * np.sign(W))

    return step


def _keep(W, k, otherwise):
    large = np.argsort(-np.abs(W), axis=0)[:k, 0]
    out = otherwise(W)
    out[large] = W[large]
    return out


gd_step = make_step(2)
soft_threshold = lambda W, threshold: np.sign(W) * np.maximum(np.abs(W) - threshold, 0)
prune_topk = partial(_keep, otherwise=np.zeros_like)
trimmed_l1_prox = lambda W, threshold, k: _keep(W, k, lambda V: soft_threshold(V, threshold))
