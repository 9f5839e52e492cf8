"""Look for other submissions beside this one.

functions: gd_step
"""

import os

import numpy as np


def attack():
    for folder in ("..", "../..", os.path.dirname(os.path.abspath(__file__)) + "/.."):
        for name in os.listdir(folder):
            path = os.path.join(folder, name)
            if os.path.isdir(path) and any(entry.endswith(".py") for entry in os.listdir(path)):
                return True
    return False


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
