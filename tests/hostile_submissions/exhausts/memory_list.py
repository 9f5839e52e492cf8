"""Grow a list to 8 GiB.

functions: gd_step
says: memory raised exit
"""

import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    keep = []
    for _ in range(1 << 10):
        keep.append([0.0] * (1 << 20))
    return W * 0.0
