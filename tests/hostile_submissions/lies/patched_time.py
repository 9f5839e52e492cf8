"""Stand the clock still, then take long.

functions: gd_step
says: hang
"""

import time


time.time = time.monotonic = time.perf_counter = lambda: 0.0


def gd_step(W, X, y, lr, l1=0.0):
    time.sleep(30)
    return W * 0.0
