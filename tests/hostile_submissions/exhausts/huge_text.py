"""Return 100 MB of text.

functions: gd_step
says: reply wrong memory
"""

import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    return 'A' * 100_000_000
