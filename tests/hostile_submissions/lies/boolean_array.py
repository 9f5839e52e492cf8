"""Return an array of booleans.

functions: gd_step
"""

import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    return np.ones(W.shape, dtype=bool)
