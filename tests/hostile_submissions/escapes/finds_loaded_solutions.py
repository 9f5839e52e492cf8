"""Look for solutions among the modules that are loaded.

functions: gd_step
"""

import sys

import numpy as np


def attack():
    return any(name.split(".")[0] == "reference" or ".suites" in name for name in sys.modules)


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
