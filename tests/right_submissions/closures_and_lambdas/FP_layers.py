import torch
import torch.nn as nn
import torch.nn.functional as F


def linear_quantizer(bit):
    steps = 2 ** bit - 1

    def quantizer(w):
        beta, alpha = w.min(), w.max() - w.min()
        if alpha == 0:
            return w.clone()
        return torch.round((w - beta) / alpha * steps) / steps * alpha + beta

    return quantizer


class STE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, w, bit):
        quantizers = {None: lambda: w, 0: lambda: torch.zeros_like(w)}
        return quantizers.get(bit, lambda: linear_quantizer(bit)(w))()

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


avg_precision = lambda net: (
    sum((32 if m.Nbits is None else m.Nbits) * m.weight.numel() for m in net.modules() if hasattr(m, "Nbits"))
    / sum(m.weight.numel() for m in net.modules() if hasattr(m, "Nbits"))
)
