"""Attach to another process with ptrace.

functions: gd_step
"""

import ctypes
import os

import numpy as np


def attack():
    libc = ctypes.CDLL(None, use_errno=True)
    attach, detach = 16, 17
    for pid in (int("@SIBLING_PID@"), os.getppid()):
        if libc.ptrace(attach, pid, None, None) == 0:
            libc.ptrace(detach, pid, None, None)
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
