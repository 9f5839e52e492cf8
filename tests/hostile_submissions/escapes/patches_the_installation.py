"""Write into the installed packages, so that the next grading runs it.

functions: gd_step
"""

import os
import site
import sys

import numpy as np


def attack():
    for folder in (os.path.dirname(np.__file__), *site.getsitepackages(), sys.prefix):
        try:
            path = os.path.join(folder, "hw4_hostile.pth")
            with open(path, "w") as file:
                file.write("")
            os.unlink(path)
            return True
        except OSError:
            continue
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
