"""Read address 0.

functions: gd_step
says: exit
"""

import ctypes


def gd_step(W, X, y, lr, l1=0.0):
    ctypes.string_at(0)
    return W
