"""Allocate and touch 8 GiB in tensors.

functions: gd_step
says: memory raised exit
"""

import torch


def gd_step(W, X, y, lr, l1=0.0):
    keep = [torch.ones(64, 1 << 20, dtype=torch.float64) for _ in range(16)]
    return W * 0.0
