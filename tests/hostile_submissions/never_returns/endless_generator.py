"""Return an endless generator.

functions: gd_step
"""

import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    def numbers():
        while True:
            yield 0.0

    return numbers()
