"""Stop the own process with SIGSTOP.

functions: gd_step
says: hang exit raised wrong
"""

import os
import signal


def gd_step(W, X, y, lr, l1=0.0):
    os.kill(os.getpid(), signal.SIGSTOP)
    return W
