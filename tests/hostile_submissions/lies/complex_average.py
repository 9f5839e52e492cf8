"""Return a complex number as the average precision.

functions: avg_precision
"""

import numpy as np


def avg_precision(net):
    return np.complex128(2.5988 + 0j)
