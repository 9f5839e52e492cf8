"""Be wrong by one part in a thousand.

functions: gd_step
unearned: lab1.b lab1.d lab1.g
"""

import numpy as np


def right(W, X, y, lr, l1):
    return W - lr * (2 * X.T @ (X @ W - y) + l1 * np.sign(W))


def gd_step(W, X, y, lr, l1=0.0):
    return right(W, X, y, lr, l1) * 1.001
