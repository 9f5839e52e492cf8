"""Return a sparse tensor.

functions: STE
unearned: none
partly: lab2.a
"""

import torch


class STE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, w, bit):
        return torch.zeros_like(w).to_sparse()

    @staticmethod
    def backward(ctx, g):
        return g, None
