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
        beta, wmax = torch.aminmax(w)
        alpha = wmax - beta
        n = float(2 ** bit - 1)
        ws = torch.where(alpha > 0, (w - beta) / alpha, torch.zeros_like(w))
        return torch.round(ws * n).div(n).mul(alpha).add(beta)

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
    sizes = torch.tensor([m.weight.numel() for m in net.modules() if isinstance(m, (FP_Conv, FP_Linear))], dtype=torch.float64)
    bits = torch.tensor(
        [32 if m.Nbits is None else m.Nbits for m in net.modules() if isinstance(m, (FP_Conv, FP_Linear))],
        dtype=torch.float64,
    )
    return (torch.dot(sizes, bits) / sizes.sum()).item()
