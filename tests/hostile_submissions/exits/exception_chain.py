"""Raise with a chain of causes ten thousand long.

functions: gd_step
says: raised exit
"""

import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    error = None
    for number in range(10_000):
        following = ValueError(number)
        following.__cause__ = error
        error = following
    raise error
