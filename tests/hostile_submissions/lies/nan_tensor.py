"""Return NaN.

functions: STE
unearned: none
partly: lab2.a
"""

import torch


class STE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, w, bit):
        return torch.full_like(w, float('nan'))

    @staticmethod
    def backward(ctx, g):
        return g, None
