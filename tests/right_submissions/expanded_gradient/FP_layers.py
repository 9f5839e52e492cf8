import torch
import torch.nn as nn
import torch.nn.functional as F
import numpy as np


class STE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, w, bit):
        # compute with numpy, then back to a tensor on the same device
        if bit is None:
            return w
        a = w.detach().cpu().numpy()
        if bit == 0:
            q = np.zeros_like(a)
        else:
            beta = a.min()
            alpha = a.max() - beta
            if alpha == 0:
                q = a.copy()
            else:
                q = np.round((a - beta) / alpha * (2 ** bit - 1)) / (2 ** bit - 1) * alpha + beta
        return torch.from_numpy(q).to(device=w.device, dtype=w.dtype)

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
