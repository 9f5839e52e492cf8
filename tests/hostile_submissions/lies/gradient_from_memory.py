"""Return the right values and a gradient of another shape.

functions: STE
unearned: none
partly: lab2.a
"""

import torch


class STE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, w, bit):
        return w * 1.0

    @staticmethod
    def backward(ctx, g):
        return g.sum().expand(3), None
