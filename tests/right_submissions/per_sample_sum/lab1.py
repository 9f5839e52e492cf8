import numpy as np


def loss_grad(W, X, y):
    """Sum of the gradients of the samples, one rank one term each."""
    g = np.zeros(W.shape)
    for x_i, y_i in zip(X, y):
        x_i = x_i.reshape(1, -1)
        g += 2 * x_i.T @ (x_i @ W - y_i)
    return g


def gd_step(W, X, y, lr, l1=0.0):
    subgradient = np.zeros_like(W)
    subgradient[W > 0] = 1
    subgradient[W < 0] = -1
    return W - lr * loss_grad(W, X, y) - lr * l1 * subgradient


def prune_topk(W, k):
    kept = sorted(enumerate(W[:, 0]), key=lambda item: -abs(item[1]))[:k]
    out = np.zeros(W.shape)
    for i, v in kept:
        out[i] = v
    return out


def soft_threshold(W, threshold):
    return np.where(W > threshold, W - threshold, np.where(W < -threshold, W + threshold, 0.0))


def trimmed_l1_prox(W, threshold, k):
    pruned = prune_topk(W, k)
    chosen = np.zeros(W.shape, dtype=bool)
    chosen[np.argsort(-np.abs(W[:, 0]), kind="stable")[:k]] = True
    return np.where(chosen, pruned, soft_threshold(W, threshold))
