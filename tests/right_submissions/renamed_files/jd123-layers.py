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
        beta = w.min()
        alpha = w.max() - beta
        if torch.equal(alpha, torch.zeros_like(alpha)):
            return w
        N = 2 ** bit - 1
        # complement form: count the steps down from the largest weight
        return w.max() - torch.round((w.max() - w) * N / alpha) * alpha / N

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
    return sum(weighted(net)) / sum(sizes(net))


def weighted(net):
    for m in fixed_point_layers(net):
        yield m.weight.numel() * (32 if m.Nbits is None else m.Nbits)


def sizes(net):
    for m in fixed_point_layers(net):
        yield m.weight.numel()


def fixed_point_layers(net):
    if isinstance(net, (FP_Conv, FP_Linear)):
        yield net
    for child in net.children():
        yield from fixed_point_layers(child)
