"""Wait for input.

functions: gd_step
says: raised hang wrong
"""

import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    return W * float(input() or 0)
