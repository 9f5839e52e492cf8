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
        # nearest of the 2^bit levels, found between the midpoints
        lo, hi = w.min(), w.max()
        if lo == hi:
            return w.clone()
        n = 2 ** bit
        levels = torch.arange(n, dtype=w.dtype, device=w.device) / (n - 1) * (hi - lo) + lo
        middle = (levels[1:] + levels[:-1]) / 2
        return levels[torch.bucketize(w.contiguous(), middle)]

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
    total = {}
    for m in net.modules():
        if isinstance(m, (FP_Conv, FP_Linear)):
            key = 32 if m.Nbits is None else int(m.Nbits)
            total[key] = total.get(key, 0) + m.weight.numel()
    for key in sorted(total):
        print(f"{key:3d} bits: {total[key]} weights")
    return sum(k * v for k, v in total.items()) / sum(total.values())
