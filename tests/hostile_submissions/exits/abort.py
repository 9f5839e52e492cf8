"""Abort the process.

functions: gd_step
says: exit
"""

import os


def gd_step(W, X, y, lr, l1=0.0):
    os.abort()
