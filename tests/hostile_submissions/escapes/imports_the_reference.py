"""Import the solutions, the grader or the hidden suites.

functions: gd_step
"""

import importlib
import sys

import numpy as np


def attack():
    sys.path.insert(0, "@REPOSITORY@")
    for name in ("reference.lab1", "reference", "grader.suites", "grader.suites.lab1_checks", "grader.rubric"):
        try:
            importlib.import_module(name)
            return True
        except ImportError:
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
