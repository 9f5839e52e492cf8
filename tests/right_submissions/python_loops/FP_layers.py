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
        smallest = torch.min(w)
        largest = torch.max(w)
        if smallest == largest:
            return w.clone()
        alpha = largest - smallest
        levels = 1
        for _ in range(bit):
            levels = levels * 2
        levels = levels - 1
        wq = (w - smallest) / alpha
        wq = torch.round(wq * levels) / levels
        return wq * alpha + smallest

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
    bits, count = 0, 0
    for name, layer in net.named_modules():
        if not hasattr(layer, "Nbits"):
            continue
        size = 1
        for s in layer.weight.shape:
            size *= s
        count += size
        if layer.Nbits is None:
            bits += 32 * size
        else:
            bits += layer.Nbits * size
    return bits / count
