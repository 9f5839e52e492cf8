"""Clear the signal that ends the worker with the grader.

functions: gd_step
"""

import ctypes

import numpy as np


def attack():
    libc = ctypes.CDLL(None, use_errno=True)
    set_death_signal = 1
    return libc.prctl(set_death_signal, 0, 0, 0, 0) == 0


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
