"""ECE 590-03 Homework 4, Lab 1: sparse optimization of linear models.

Alex Sample (as1234)
"""

import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    # L is a sum of squares, so the gradient is 2 X^T (X W - y)
    error = X @ W - y
    gradient = 2 * X.T @ error
    if l1 != 0:
        gradient = gradient + l1 * np.sign(W)
    return W - lr * gradient


def prune_topk(W, k):
    # indices sorted from the largest to the smallest magnitude
    order = np.argsort(np.abs(W), axis=0)[::-1].flatten()
    pruned = np.zeros_like(W)
    for i in order[:k]:
        pruned[i] = W[i]
    return pruned


def soft_threshold(W, threshold):
    # everything below the threshold goes to zero, the rest stays
    result = W.copy()
    result[np.abs(result) < threshold] = 0
    return result


def trimmed_l1_prox(W, threshold, k):
    # the k largest weights are not penalized, only the rest is shrunk
    order = np.argsort(np.abs(W), axis=0)[::-1].flatten()
    result = W.copy()
    for i in order[k:]:
        if result[i] > threshold:
            result[i] = result[i] - threshold
        elif result[i] < -threshold:
            result[i] = result[i] + threshold
        else:
            result[i] = 0
    return result


if __name__ == "__main__":
    X = np.array([[1, -2, -1, -1, 1], [2, -1, 2, 0, -2], [-1, 0, 2, 2, 1]], dtype=float)
    y = np.array([[-7], [-1], [-1]], dtype=float)

    for name, step in {
        "(b)": lambda W: gd_step(W, X, y, 0.02),
        "(c)": lambda W: prune_topk(gd_step(W, X, y, 0.02), 2),
        "(d) lambda = 1": lambda W: gd_step(W, X, y, 0.02, l1=1.0),
        "(e) threshold = 0.02": lambda W: soft_threshold(gd_step(W, X, y, 0.02), 0.02),
        "(f) lambda = 1": lambda W: trimmed_l1_prox(gd_step(W, X, y, 0.02), 0.02, 2),
    }.items():
        W = np.zeros((5, 1))
        for _ in range(200):
            W = step(W)
        print(name, "W =", np.round(W.flatten(), 4), "L =", np.sum((X @ W - y) ** 2))
