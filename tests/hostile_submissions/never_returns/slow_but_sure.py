"""Answer rightly, half a second per call.

functions: gd_step
unearned: none
rest: earned
"""

import time

import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    time.sleep(0.5)
    return W - lr * (2 * X.T @ (X @ W - y) + l1 * np.sign(W))
