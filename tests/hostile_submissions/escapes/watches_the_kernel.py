"""Call perf_event_open.

functions: gd_step
"""

import ctypes
import platform

import numpy as np


def attack():
    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall({'x86_64': 298, 'aarch64': 241}[platform.machine()], ctypes.create_string_buffer(128), 0, -1, -1, 0)
    print('perf_event_open', result, ctypes.get_errno())
    return result >= 0


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
