import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    w = np.asfortranarray(W.T)                       # a row
    g = 2 * (w @ X.T - y.T) @ X + l1 * np.sign(w)
    return np.asfortranarray((w - lr * g)).T         # a transposed view


def prune_topk(W, k):
    both = np.zeros((W.shape[0], 4))
    both[:, 2:3] = W
    order = np.argsort(-np.abs(W[:, 0]))
    both[order[k:], 2] = 0
    return both[:, 2:3]                              # every fourth number of a larger array


def soft_threshold(W, threshold):
    out = np.asfortranarray(np.sign(W) * np.maximum(np.abs(W) - threshold, 0))
    out.setflags(write=False)                        # read-only on purpose
    return out


def trimmed_l1_prox(W, threshold, k):
    order = np.argsort(-np.abs(W[:, 0]))
    out = soft_threshold(W, threshold).copy()
    out[order[:k]] = W[order[:k]]
    return out[::-1][::-1]                           # negative strides and back
