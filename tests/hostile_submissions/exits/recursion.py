"""Recurse without end.

functions: gd_step
says: raised
"""

import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    return gd_step(W, X, y, lr, l1)
