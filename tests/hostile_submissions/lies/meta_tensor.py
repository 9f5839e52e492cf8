"""Return a tensor with a shape and no data.

functions: STE
unearned: none
partly: lab2.a
"""

import torch


class STE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, w, bit):
        return torch.empty(w.shape, dtype=w.dtype, device="meta")

    @staticmethod
    def backward(ctx, g):
        return g, None
