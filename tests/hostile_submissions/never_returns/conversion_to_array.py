"""Return an object whose conversion to an array never ends.

functions: gd_step
"""

import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    class Endless:
        def __array__(self, *arguments, **options):
            while True:
                pass

        __len__ = __iter__ = __float__ = __index__ = __array__

    return Endless()
