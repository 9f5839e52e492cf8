#!/usr/bin/env python3
import sys
import time

import numpy as np

np.set_printoptions(precision=4, suppress=True)
print("numpy", np.__version__)
print("reading lab1.py ...", file=sys.stderr)
start = time.time()


def gd_step(W, X, y, lr, l1=0.0):
    g = 2 * X.T @ (X @ W - y) + l1 * np.sign(W)
    print("gradient", g.ravel())
    return W - lr * g


def prune_topk(W, k):
    keep = np.argsort(np.abs(W[:, 0]))[::-1][:k]
    print("keeping", keep)
    out = np.zeros_like(W)
    out[keep, :] = W[keep, :]
    return out


def soft_threshold(W, threshold):
    print(f"soft threshold {threshold}: {np.count_nonzero(np.abs(W) > threshold)} stay")
    return np.sign(W) * np.maximum(np.abs(W) - threshold, 0)


def trimmed_l1_prox(W, threshold, k):
    keep = np.argsort(np.abs(W[:, 0]))[::-1][:k]
    out = soft_threshold(W, threshold)
    out[keep, :] = W[keep, :]
    return out


print("defined in", time.time() - start, "s", "\N{CHECK MARK}")

if __name__ == "__main__":
    X = np.array([[1, -2, -1, -1, 1], [2, -1, 2, 0, -2], [-1, 0, 2, 2, 1.0]])
    y = np.array([[-7], [-1], [-1.0]])
    W = np.zeros((5, 1))
    for _ in range(200):
        W = gd_step(W, X, y, 0.02)
    print(W)
    sys.exit(0)
