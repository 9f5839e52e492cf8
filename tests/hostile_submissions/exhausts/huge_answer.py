"""Return an array of 200 MB.

functions: gd_step
says: reply memory wrong
"""

import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    return np.zeros((5, 5_000_000))
