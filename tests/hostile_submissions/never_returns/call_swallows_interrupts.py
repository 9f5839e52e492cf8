"""Swallow every exception in a loop in a call.

functions: gd_step
says: hang
"""

import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue
