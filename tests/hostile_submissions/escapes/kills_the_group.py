"""Kill the own process group.

functions: gd_step
says: exit wrong
"""

import os
import signal

import numpy as np


def attack():
    os.killpg(0, signal.SIGKILL)
    return False  # being alive still is no success: only what else died would be


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
