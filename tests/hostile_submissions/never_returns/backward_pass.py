"""Loop for ever in the backward pass.

functions: STE
unearned: none
partly: lab2.a
says: hang wrong
"""

import torch


class STE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, w, bit):
        return w * 2.0

    @staticmethod
    def backward(ctx, g):
        while True:
            pass
