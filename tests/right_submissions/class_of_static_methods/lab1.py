import numpy as np


class Lab1:
    """All of Lab 1 in one class."""

    @staticmethod
    def gd(W, X, y, lr, l1=0.0):
        return W - lr * (2 * X.T @ (X @ W - y) + l1 * np.sign(W))

    @staticmethod
    def prune(W, k):
        mask = Lab1._top(W, k)
        return W * mask

    @staticmethod
    def prox(W, threshold):
        return np.sign(W) * (np.abs(W) - threshold).clip(min=0)

    @classmethod
    def trimmed(cls, W, threshold, k):
        mask = cls._top(W, k)
        return mask * W + (1 - mask) * cls.prox(W, threshold)

    @staticmethod
    def _top(W, k):
        mask = np.zeros(W.size)
        mask[np.argsort(-np.abs(W.ravel()))[:k]] = 1
        return mask.reshape(W.shape)


gd_step = Lab1.gd
prune_topk = Lab1.prune
soft_threshold = Lab1.prox
trimmed_l1_prox = Lab1.trimmed
