"""Hold the interpreter's lock in one long operation.

functions: gd_step
says: hang raised memory
"""

import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    return W * float(len(str(7 ** (10**8))))
