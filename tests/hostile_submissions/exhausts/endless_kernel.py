"""Keep the accelerator busy for hours.

functions: STE
unearned: none
partly: lab2.a
says: hang raised exit
needs: gpu
"""

import torch


class STE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, w, bit):
        torch.cuda._sleep(10**14)
        torch.cuda.synchronize()
        return w

    @staticmethod
    def backward(ctx, g):
        return g, None
