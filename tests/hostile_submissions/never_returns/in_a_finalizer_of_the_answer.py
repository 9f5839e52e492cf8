"""Return an array that sleeps when it is freed.

functions: gd_step
"""

import time

import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    class Sleeper(np.ndarray):
        def __del__(self):
            time.sleep(10**6)

    return W.copy().view(Sleeper)
