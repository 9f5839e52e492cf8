import torch
import torch.nn as nn
import torch.nn.functional as F


class STE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, w, bit):
        # full range of the tensor, everything as tensor methods
        if bit is None:
            return w
        if not bit:
            return w.new_zeros(w.size())
        lo, hi = w.min(), w.max()
        rng = hi - lo
        if rng.item() == 0.0:
            return w.clone()
        q = w.sub(lo).div(rng).mul(2 ** bit - 1).round()
        return q.div(2 ** bit - 1).mul(rng).add(lo)

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
    layers = [m for m in net.modules() if type(m).__name__ in ("FP_Conv", "FP_Linear")]
    weights = sum(l.weight.nelement() for l in layers)
    return sum(l.weight.nelement() * (l.Nbits if l.Nbits is not None else 32.0) for l in layers) / weights
