"""Raise an exception whose text raises.

functions: gd_step
says: raised
"""

class Evil(Exception):
    def __str__(self):
        raise Evil

    __repr__ = __str__


def gd_step(W, X, y, lr, l1=0.0):
    raise Evil
