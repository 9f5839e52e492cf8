"""Start a pool of processes.

functions: gd_step
says: hang raised wrong
"""

import multiprocessing

import numpy as np


def attack():
    with multiprocessing.get_context("fork").Pool(8) as pool:
        return sum(pool.map(abs, range(8))) == 28


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
