"""Find expected values in the frames of the callers and in what is alive.

functions: gd_step
"""

import gc
import sys
import types

import numpy as np


def attack():
    frame = sys._getframe()
    while frame is not None:
        names = set(frame.f_locals) | set(frame.f_globals)
        if names & {"expected", "solutions", "reference", "tolerance", "rubric"}:
            return True
        frame = frame.f_back
    return any(
        isinstance(thing, types.FunctionType) and thing.__name__ == "gd_step" and thing is not gd_step
        for thing in gc.get_objects()
    )


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
