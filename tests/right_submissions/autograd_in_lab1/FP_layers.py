import torch
import torch.nn as nn
import torch.nn.functional as F


class STE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, w, bit):
        ctx.save_for_backward(w)
        if bit is None:
            return w
        if bit == 0:
            return torch.zeros_like(w)
        with torch.no_grad():
            beta = torch.min(w)
            alpha = torch.max(w) - beta
            if alpha == 0:
                return w.clone()
            R = torch.round((2 ** bit - 1) * (w - beta) / alpha) / (2 ** bit - 1)
            return alpha * R + beta

    @staticmethod
    def backward(ctx, g):
        (w,) = ctx.saved_tensors
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
    def walk(module):
        if isinstance(module, (FP_Conv, FP_Linear)):
            n = module.weight.data.numel()
            return (32 if module.Nbits is None else module.Nbits) * n, n
        b = n = 0
        for child in module.children():
            cb, cn = walk(child)
            b += cb
            n += cn
        return b, n

    bits, n = walk(net)
    return bits / n
