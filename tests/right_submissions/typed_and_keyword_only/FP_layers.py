import torch
import torch.nn as nn
import torch.nn.functional as F


def quantize(w: torch.Tensor, *, bits: int) -> torch.Tensor:
    beta = w.min()
    alpha = w.max() - beta
    if not bool(alpha > 0):
        return w.clone()
    steps = (1 << bits) - 1
    return alpha * (torch.round(steps * ((w - beta) / alpha)) / steps) + beta


def bits_of(layer: nn.Module) -> int:
    return 32 if layer.Nbits is None else int(layer.Nbits)


class STE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, w, bit):
        if bit is None:
            return w
        if bit == 0:
            return torch.full_like(w, 0.0)
        return quantize(w, bits=bit)

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


def avg_precision(net: nn.Module) -> float:
    layers = [m for m in net.modules() if isinstance(m, (FP_Conv, FP_Linear))]
    elements: int = sum(m.weight.numel() for m in layers)
    return sum(bits_of(m) * m.weight.numel() for m in layers) / elements
