import torch
import torch.nn as nn
import torch.nn.functional as F


class STE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, w, bit):
        # scale / zero point form: w = scale * q + zero
        if bit is None:
            return w
        if bit == 0:
            return 0 * w
        zero = torch.min(w)
        scale = (torch.max(w) - zero) / (2 ** bit - 1)
        if scale == 0:
            return w
        q = torch.div(w - zero, scale).round().clamp(0, 2 ** bit - 1)
        return q * scale + zero

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
    bits = {}
    for name, m in net.named_modules():
        if isinstance(m, FP_Conv) or isinstance(m, FP_Linear):
            bits[name] = (m.weight.numel(), 32 if m.Nbits is None else m.Nbits)
    total = sum(n for n, b in bits.values())
    return float(sum(n * b for n, b in bits.values())) / total
