"""Block every signal and wait.

functions: gd_step
says: hang
"""

import signal
import time


def gd_step(W, X, y, lr, l1=0.0):
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    while True:
        time.sleep(1000)
