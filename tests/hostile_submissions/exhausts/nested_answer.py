"""Return a list nested a hundred thousand deep.

functions: gd_step
says: reply wrong raised exit
"""

import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    nested = []
    for _ in range(10**5):
        nested = [nested]
    return nested
