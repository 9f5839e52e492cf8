"""Be wrong every hundredth call.

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
    return W * 0.0 if len(calls) % 100 == 50 else right(W, X, y, lr, l1)
