"""Reserve a terabyte in one file.

functions: gd_step
"""

import os
import tempfile

import numpy as np


def attack():
    with tempfile.TemporaryFile() as file:
        os.truncate(file.fileno(), 1 << 40)
        return os.fstat(file.fileno()).st_size == 1 << 40


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
