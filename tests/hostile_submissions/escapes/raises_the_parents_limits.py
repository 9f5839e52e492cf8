"""Change the limits of the parent.

functions: gd_step
"""

import os
import resource

import numpy as np


def attack():
    if os.getppid() == 0:  # the parent lives in another namespace; 0 would mean this process
        return False
    soft, hard = resource.prlimit(os.getppid(), resource.RLIMIT_CORE)
    resource.prlimit(os.getppid(), resource.RLIMIT_CORE, (soft, hard))
    return True


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
