"""Return a list of a million lists.

functions: gd_step
says: reply wrong
"""

import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    return [[] for _ in range(10**6)]
