"""Return a fully masked array.

functions: gd_step
"""

import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    return np.ma.masked_all(W.shape)
