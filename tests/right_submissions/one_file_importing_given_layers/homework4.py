import numpy as np
import torch
from FP_layers import FP_Conv, FP_Linear


class STE(torch.autograd.Function):
    """My quantizer; the layers are the given ones."""

    @staticmethod
    def forward(ctx, w, bit):
        if bit is None:
            return w
        if bit == 0:
            return torch.zeros_like(w)
        beta = w.min()
        alpha = w.max() - beta
        if alpha == 0:
            return w
        q = torch.trunc((w - beta) / alpha * (2 ** bit - 1) + 0.5)
        return q / (2 ** bit - 1) * alpha + beta

    @staticmethod
    def backward(ctx, g):
        return g, None


def avg_precision(net):
    b = n = 0
    for m in net.modules():
        if isinstance(m, FP_Conv) or isinstance(m, FP_Linear):
            n += m.weight.numel()
            b += m.weight.numel() * (m.Nbits if m.Nbits is not None else 32)
    return b / n
def gd_step(W, X, y, lr, l1=0.0):
    return W - lr * (2 * X.T @ (X @ W - y) + l1 * np.sign(W))


def prune_topk(W, k):
    out = np.zeros_like(W)
    keep = np.argsort(-np.abs(W), axis=0)[:k, 0]
    out[keep] = W[keep]
    return out


def soft_threshold(W, threshold):
    return np.sign(W) * np.maximum(np.abs(W) - threshold, 0)


def trimmed_l1_prox(W, threshold, k):
    out = soft_threshold(W, threshold)
    keep = np.argsort(-np.abs(W), axis=0)[:k, 0]
    out[keep] = W[keep]
    return out
