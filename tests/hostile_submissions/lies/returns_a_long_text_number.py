"""Return a number as an array of candidates.

functions: avg_precision
"""

import numpy as np


def avg_precision(net):
    return np.linspace(0, 32, 10**6)
