from sparse_tools import largest, shrink
import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    return W - lr * (2 * X.T @ (X @ W - y) + l1 * np.sign(W))


def prune_topk(W, k):
    return np.where(largest(W, k), W, 0.0)


def soft_threshold(W, threshold):
    return shrink(W, threshold)


def trimmed_l1_prox(W, threshold, k):
    return np.where(largest(W, k), W, shrink(W, threshold))
