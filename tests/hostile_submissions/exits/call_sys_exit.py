"""Exit in a call.

functions: gd_step
says: raised exit
"""

import sys


def gd_step(W, X, y, lr, l1=0.0):
    sys.exit(0)
