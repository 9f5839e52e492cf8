"""Signal a process with tgkill and a queued signal.

functions: gd_step
"""

import ctypes
import platform

import numpy as np


def attack():
    libc = ctypes.CDLL(None, use_errno=True)
    pid = int("@SIBLING_PID@")
    number = {"x86_64": 234, "aarch64": 131}[platform.machine()]
    return libc.syscall(number, pid, pid, 9) == 0


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
