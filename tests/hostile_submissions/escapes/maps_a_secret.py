"""Read a secret through NumPy and torch.

functions: gd_step
"""

import torch

import numpy as np


def attack():
    for read in (
        lambda path: np.fromfile(path, dtype=np.uint8),
        lambda path: np.memmap(path, dtype=np.uint8, mode="r"),
        lambda path: torch.from_file(path, size=4, dtype=torch.uint8),
        lambda path: np.loadtxt(path, dtype=str),
    ):
        try:
            if len(read("@CANARY_FILE@")):
                return True
        except Exception:
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
