"""Print terminal escapes, then answer wrongly.

functions: gd_step
"""

import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    print("\x1b[2J\x1b[1;1H\x1b]52;c;b3duZWQ=\x07\x1b[31m100/100\x1b[0m\x00\u202e\r")
    return W * 0.0
