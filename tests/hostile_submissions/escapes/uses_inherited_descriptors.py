"""Read from and seek in every inherited descriptor.

functions: gd_step
"""

import os
import stat

import numpy as np


def attack():
    found = False
    for descriptor in range(3, 256):
        try:
            kind = os.fstat(descriptor).st_mode
        except OSError:
            continue
        if stat.S_ISREG(kind) or stat.S_ISDIR(kind):
            print(os.readlink(f"/proc/self/fd/{descriptor}"))
            found = True
    return found


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
