"""Fill shared memory.

functions: gd_step
"""

from multiprocessing import shared_memory

import numpy as np


def attack():
    block = shared_memory.SharedMemory(create=True, size=256 << 20)
    block.buf[:] = b"A" * (256 << 20)
    block.unlink()
    return True


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
