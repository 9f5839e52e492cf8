"""Read a secret through a symbolic link in the scratch folder.

functions: gd_step
"""

import os

import numpy as np


def attack():
    os.symlink("@CANARY_FILE@", "link")
    with open("link", "rb") as file:
        return bool(file.read())


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
