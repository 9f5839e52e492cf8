"""Write into folders that everybody may write.

functions: gd_step
"""

import os

import numpy as np


def attack():
    for folder in ("/tmp", "/var/tmp", "/dev/shm", "/run/lock", "/var/crash", os.path.expanduser("~")):
        path = os.path.join(folder, "hw4-hostile-@SIBLING_PID@")
        try:
            with open(path, "w") as file:
                file.write("was here")
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
