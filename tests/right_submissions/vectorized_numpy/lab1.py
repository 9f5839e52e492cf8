"""Homework 4, Lab 1."""
import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    residual = X.dot(W) - y
    gradient = 2 * X.T.dot(residual) + l1 * np.sign(W)
    return W - lr * gradient


def prune_topk(W, k):
    order = np.argsort(np.abs(W.ravel()))
    pruned = W.copy()
    pruned[order[: len(order) - k]] = 0
    return pruned


def soft_threshold(W, threshold):
    return np.sign(W) * np.maximum(np.abs(W) - threshold, 0)


def trimmed_l1_prox(W, threshold, k):
    order = np.argsort(np.abs(W.ravel()))
    small = order[: len(order) - k]
    result = W.copy()
    result[small] = soft_threshold(W[small], threshold)
    return result
