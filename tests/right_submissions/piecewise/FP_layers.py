import torch
import torch.nn as nn
import torch.nn.functional as F
import numpy as np


class STE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, w, bit):
        if bit is None:
            return w
        if bit == 0:
            return torch.zeros_like(w)
        # double precision inside, so that the rounding decides nothing
        v = w.double()
        beta = v.min()
        alpha = v.max() - beta
        if alpha == 0:
            return w.clone()
        steps = 2 ** bit - 1
        R = torch.round(steps * (v - beta) / alpha) / steps
        return (alpha * R + beta).type_as(w)

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
    fp = [m for m in net.modules() if isinstance(m, (FP_Conv, FP_Linear))]
    n = [m.weight.numel() for m in fp]
    b = [m.Nbits if m.Nbits is not None else 32 for m in fp]
    return float(np.average(b, weights=n))
