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
        # min-max by sorting
        ordered = torch.sort(w.reshape(-1)).values
        beta, alpha = ordered[0], ordered[-1] - ordered[0]
        if alpha == 0:
            return w
        steps = 2.0 ** bit - 1.0
        return torch.lerp(beta, beta + alpha, torch.round((w - beta) * (steps / alpha)) / steps)

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
    per_layer = []
    for name, p in net.named_parameters():
        if not name.endswith(".weight") and name != "weight":
            continue
        m = net.get_submodule(name[: -len("weight")].rstrip("."))
        if not hasattr(m, "Nbits"):
            continue          # batch normalization
        per_layer.append((name, p.numel(), 32 if m.Nbits is None else m.Nbits))
    for row in per_layer:
        print("%-45s %7d x %2d bits" % row)
    return sum(n * b for _, n, b in per_layer) / sum(n for _, n, _ in per_layer)
