"""Raise a nest of exception groups.

functions: gd_step
says: raised exit
"""

import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    error = ValueError("inside")
    for _ in range(2000):
        error = BaseExceptionGroup("group", [error, SystemExit(0)])
    raise error
