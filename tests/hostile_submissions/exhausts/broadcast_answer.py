"""Return an array of 8 TB that takes 8 bytes.

functions: gd_step
says: reply memory raised wrong
"""

import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    return np.broadcast_to(np.zeros(1), (10**6, 10**6))
