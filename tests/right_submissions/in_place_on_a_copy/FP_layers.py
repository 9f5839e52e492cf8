import torch
import torch.nn as nn
import torch.nn.functional as F


class STE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, w, bit):
        if bit is None:
            return w
        wq = w.clone()
        if bit == 0:
            return wq.zero_()
        beta = wq.min().item()
        alpha = wq.max().item() - beta
        if alpha == 0:
            return wq
        wq.sub_(beta).div_(alpha)
        wq.mul_(2 ** bit - 1).round_().div_(2 ** bit - 1)
        wq.mul_(alpha).add_(beta)
        return wq

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
    state = net.state_dict()
    num, den = 0.0, 0
    for key in state:
        if not key.endswith("weight"):
            continue
        layer = net.get_submodule(key.rpartition(".")[0])
        if isinstance(layer, (FP_Conv, FP_Linear)):
            b = layer.Nbits
            if b is None:
                b = 32
            num += b * state[key].numel()
            den += state[key].numel()
    return num / den
