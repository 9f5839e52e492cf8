"""Fork twice, leave the session and go on writing.

functions: gd_step
"""

import os
import time

import numpy as np


def attack():
    if os.fork():
        return True
    os.setsid()
    if os.fork():
        os._exit(0)
    for _ in range(100):
        with open(os.path.join("@CANARY_FOLDER@", "daemon"), "a") as file:
            file.write("alive")
        time.sleep(0.3)
    os._exit(0)


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
