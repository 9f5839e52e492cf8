import numpy as np
from numpy.linalg import multi_dot


def gd_step(W, X, y, lr, l1=0.0):
    # augment the data: [X y] [W; -1] is the residual
    A = np.hstack([X, y])
    v = np.vstack([W, [[-1.0]]])
    gradient = 2 * multi_dot([X.T, A, v])
    return W - lr * gradient - lr * l1 * np.sign(W)


def prune_topk(W, k):
    W = W.copy()
    if k < W.size:
        kth = np.partition(np.abs(W).ravel(), W.size - k - 1)[W.size - k - 1]
        small = np.flatnonzero(np.abs(W) < kth)
        ties = np.flatnonzero(np.abs(W) == kth)
        # at the border drop only as many as needed
        W.ravel()[small] = 0
        W.ravel()[ties[: W.size - k - small.size]] = 0
    return W


def soft_threshold(W, threshold):
    magnitude = np.abs(W)
    scale = np.maximum(0, magnitude - threshold) / np.where(magnitude == 0, 1, magnitude)
    return scale * W


def trimmed_l1_prox(W, threshold, k):
    kept = prune_topk(W, k)
    return kept + soft_threshold(W - kept, threshold)
