"""Send SIGKILL to the own process.

functions: gd_step
says: exit raised wrong
"""

import os
import signal


def gd_step(W, X, y, lr, l1=0.0):
    os.kill(os.getpid(), signal.SIGKILL)
