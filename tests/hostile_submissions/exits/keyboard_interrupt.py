"""Raise KeyboardInterrupt.

functions: gd_step
says: raised exit
"""

import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    raise KeyboardInterrupt
