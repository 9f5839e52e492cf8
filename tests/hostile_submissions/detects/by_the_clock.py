"""Be right in even milliseconds only.

functions: gd_step
unearned: none
partly: lab1.b lab1.d
"""

import time

import numpy as np


def right(W, X, y, lr, l1):
    return W - lr * (2 * X.T @ (X @ W - y) + l1 * np.sign(W))


def gd_step(W, X, y, lr, l1=0.0):
    return right(W, X, y, lr, l1) if int(time.monotonic() * 1000) % 2 == 0 else W * 0.0
