"""Change the returned array from a thread.

functions: gd_step
"""

import threading

import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    out = W * 0.0

    def later():
        for _ in range(1000):
            out[:] = np.random.randn(*out.shape)

    threading.Thread(target=later, daemon=True).start()
    return out
