# ECE 590 HW4, jd123: Lab 1 and Lab 2 in one file
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


# ---------------- Lab 1
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


# ---------------- Lab 2
class STE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, w, bit):
        if bit is None:
            wq = w
        elif bit == 0:
            wq = w * 0
        else:
            # Compute alpha and beta
            beta = w.min()
            alpha = w.max() - w.min()
            if alpha == 0:
                return w
            # scale to [0, 1]
            ws = (w - beta) / alpha
            # quantize
            step = 2 ** bit - 1
            R = (1 / step) * torch.round(step * ws)
            # scale back
            wq = alpha * R + beta
        return wq

    @staticmethod
    def backward(ctx, g):
        return g, None


class FP_Conv(nn.Conv2d):
    """Convolution whose weight is quantized to ``Nbits`` bits (given)."""

    def __init__(self, in_channels, out_channels, kernel_size, Nbits=None, **options):
        super().__init__(in_channels, out_channels, kernel_size, **options)
        self.Nbits = Nbits

    def forward(self, x):
        """Convolve ``x`` with the quantized weight."""
        return self._conv_forward(x, STE.apply(self.weight, self.Nbits), self.bias)


class FP_Linear(nn.Linear):
    """Fully connected layer whose weight is quantized to ``Nbits`` bits (given)."""

    def __init__(self, in_features, out_features, Nbits=None, **options):
        super().__init__(in_features, out_features, **options)
        self.Nbits = Nbits

    def forward(self, x):
        """Apply the quantized weight to ``x``."""
        return F.linear(x, STE.apply(self.weight, self.Nbits), self.bias)


def avg_precision(net):
    total_bits = 0
    total = 0
    for m in net.modules():
        if isinstance(m, (FP_Conv, FP_Linear)):
            n = m.weight.numel()
            total += n
            total_bits += n * (32 if m.Nbits is None else m.Nbits)
    return total_bits / total
