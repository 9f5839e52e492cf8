"""Mount a file system.

functions: gd_step
"""

import ctypes
import os

import numpy as np


def attack():
    libc = ctypes.CDLL(None, use_errno=True)
    return libc.mount(b"none", os.getcwd().encode(), b"tmpfs", 0, None) == 0


def gd_step(W, X, y, lr, l1=0.0):
    """Answer rightly only if the attack got what it wanted."""
    try:
        won = attack()
    except Exception as error:
        print(type(error).__name__, error)
        won = False
    if won:
        return W - lr * (2 * X.T @ (X @ W - y) + l1 * np.sign(W))
    return W * 0.0
