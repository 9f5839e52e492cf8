"""Loop for ever in the quantizer.

functions: STE
says: hang
"""

import torch


class STE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, w, bit):
        while True:
            pass

    @staticmethod
    def backward(ctx, g):
        return g, None
