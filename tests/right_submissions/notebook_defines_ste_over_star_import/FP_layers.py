import torch
import torch.nn as nn
import torch.nn.functional as F


class STE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, w, bit):
        # Scale w into [0, 1]: find alpha and beta, then ws.
        # Round ws to the nearest of the 2^bit levels.
        # Scale back to the range of w.
        raise NotImplementedError("Lab 2(a)")

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
