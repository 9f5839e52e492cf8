"""Return a tensor of a quantized type.

functions: STE
unearned: none
partly: lab2.a
"""

import torch


class STE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, w, bit):
        return torch.quantize_per_tensor(w.detach().float(), 0.1, 0, torch.quint8)

    @staticmethod
    def backward(ctx, g):
        return g, None
