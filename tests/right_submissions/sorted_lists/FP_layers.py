import torch
import torch.nn as nn
import torch.nn.functional as F


class STE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, w, bit):
        if bit is None:
            return w
        if bit == 0:
            return torch.zeros_like(w)
        # round half up
        beta = torch.min(w)
        alpha = torch.max(w) - beta
        if alpha.item() == 0:
            return w.clone()
        ws = (w - beta) / alpha
        R = torch.floor((2 ** bit - 1) * ws + 0.5) / (2 ** bit - 1)
        return alpha * R + beta

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


from functools import reduce


def avg_precision(net):
    def add(acc, m):
        n = m.weight.numel()
        return acc[0] + n * (32 if m.Nbits is None else m.Nbits), acc[1] + n

    bits, n = reduce(add, (m for m in net.modules() if hasattr(m, "Nbits")), (0, 0))
    return bits / n
