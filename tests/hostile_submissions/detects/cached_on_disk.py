"""Remember that it was called in an earlier process.

functions: gd_step
unearned: none
partly: lab1.b lab1.d
"""

import os

import numpy as np


def right(W, X, y, lr, l1):
    return W - lr * (2 * X.T @ (X @ W - y) + l1 * np.sign(W))


def gd_step(W, X, y, lr, l1=0.0):
    if os.path.exists("seen"):
        return W * 0.0
    with open("seen", "w") as file:
        file.write("1")
    return right(W, X, y, lr, l1)
