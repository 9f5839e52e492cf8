"""Print a gigabyte.

functions: gd_step
says: output
"""

import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    for _ in range(16_384):
        print('A' * 65_536)
    return W * 0.0
