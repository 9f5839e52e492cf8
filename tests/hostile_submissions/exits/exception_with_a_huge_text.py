"""Raise an exception with 100 MB of text.

functions: gd_step
says: raised memory reply
"""

import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    raise ValueError('A' * 100_000_000)
