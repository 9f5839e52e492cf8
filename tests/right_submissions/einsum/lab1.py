import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    r = np.einsum("ij,jk->ik", X, W) - y
    g = 2 * np.einsum("ij,ik->jk", X, r)
    g = g + l1 * np.sign(W)
    return W - lr * g


def prune_topk(W, k):
    ranks = np.argsort(np.argsort(-np.abs(W), axis=0, kind="mergesort"), axis=0)
    return np.einsum("ij,ij->ij", W, (ranks < k).astype(W.dtype))


def soft_threshold(W, threshold):
    return np.einsum("...,...->...", np.sign(W), np.clip(np.abs(W) - threshold, 0, None))


def trimmed_l1_prox(W, threshold, k):
    ranks = np.argsort(np.argsort(-np.abs(W), axis=0, kind="mergesort"), axis=0)
    keep = ranks < k
    return keep * W + (1 - keep) * soft_threshold(W, threshold)
