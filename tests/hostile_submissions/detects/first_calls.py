"""Be right for the first three calls.

functions: gd_step
unearned: none
partly: lab1.b lab1.d
"""

import numpy as np


def right(W, X, y, lr, l1):
    return W - lr * (2 * X.T @ (X @ W - y) + l1 * np.sign(W))


calls = []


def gd_step(W, X, y, lr, l1=0.0):
    calls.append(1)
    return right(W, X, y, lr, l1) if len(calls) <= 3 else W * 0.0
