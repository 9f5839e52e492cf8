"""Return an object that runs a command when unpickled.

functions: gd_step
"""

import os


class Bomb:
    def __reduce__(self):
        return os.system, ("touch @CANARY_FOLDER@/reduced",)


def gd_step(W, X, y, lr, l1=0.0):
    return Bomb()
