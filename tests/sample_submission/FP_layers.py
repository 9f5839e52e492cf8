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

        # Compute alpha and beta: the range of w and its lower end
        beta = torch.min(w)
        alpha = torch.max(w) - beta
        if alpha == 0:
            # all weights are equal, there is nothing to scale
            return w

        # Scale w to [0, 1]
        ws = (w - beta) / alpha

        # Quantize to one of the 2^bit levels
        levels = 2 ** bit - 1
        R = torch.round(levels * ws) / levels

        # Scale back
        wq = alpha * R + beta
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
    total_bits = 0
    total_weights = 0
    for name, layer in net.named_modules():
        if isinstance(layer, (FP_Conv, FP_Linear)):
            number = layer.weight.numel()
            bits = layer.Nbits
            if bits is None:
                bits = 32  # float
            total_weights += number
            total_bits += number * bits
    return total_bits / total_weights
