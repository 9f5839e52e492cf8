"""Return a matrix of zeros.

functions: gd_step
says: wrong
"""

import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    return np.matrix(W * 0.0)
