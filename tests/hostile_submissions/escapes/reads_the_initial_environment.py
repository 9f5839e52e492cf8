"""Find a secret in the memory of the own process.

functions: gd_step
"""

import os

import numpy as np


def attack():
    for pid in ("self", "1", str(os.getppid())):
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                if b"@SECRET_NAME@" in file.read():
                    return True
        except OSError:
            continue
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", buffering=0) as memory:
        for line in maps:
            if "[stack]" in line:  # the initial environment; this text lies elsewhere
                start, end = (int(part, 16) for part in line.split()[0].split("-"))
                memory.seek(start)
                return b"@SECRET_NAME@=" in memory.read(end - start)
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
