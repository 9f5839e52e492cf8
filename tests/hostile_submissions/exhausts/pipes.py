"""Hoard memory in pipes.

functions: gd_step
"""

import os

import numpy as np


def attack():
    written = 0
    for _ in range(2000):
        _, end = os.pipe()
        os.set_blocking(end, False)
        written += os.write(end, b"A" * 65536)
    return written > 64 << 20


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
