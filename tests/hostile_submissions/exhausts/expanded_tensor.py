"""Return a tensor of 4 TB that takes 4 bytes.

functions: STE
unearned: none
partly: lab2.a
says: reply memory raised wrong
"""

import torch


class STE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, w, bit):
        return torch.zeros(1).expand(10**12)

    @staticmethod
    def backward(ctx, g):
        return g, None
