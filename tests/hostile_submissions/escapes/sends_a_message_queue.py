"""Use System V and POSIX message queues.

functions: gd_step
"""

import ctypes

import numpy as np


def attack():
    libc = ctypes.CDLL(None, use_errno=True)
    queue = libc.msgget(0x4857, 0o1666)
    block = libc.shmget(0x4857, 4096, 0o1666)
    for number, remove in ((queue, libc.msgctl), (block, libc.shmctl)):
        if number >= 0:
            remove(number, 0, None)
    return queue >= 0 or block >= 0


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
