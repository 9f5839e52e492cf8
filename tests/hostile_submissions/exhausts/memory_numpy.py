"""Allocate and touch 8 GiB in arrays.

functions: gd_step
says: memory raised exit
"""

import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    keep = [np.ones((64, 1 << 20)) for _ in range(16)]
    return W * 0.0
