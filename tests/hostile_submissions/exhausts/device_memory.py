"""Take all memory of the accelerator.

functions: STE
unearned: none
partly: lab2.a
says: memory raised exit
needs: gpu
"""

import torch

keep = []


class STE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, w, bit):
        for _ in range(1024):
            keep.append(torch.empty(1 << 30, dtype=torch.uint8, device="cuda"))
        return w

    @staticmethod
    def backward(ctx, g):
        return g, None
