"""Recurse with the limit lifted, through C.

functions: gd_step
says: exit raised memory wrong
"""

import sys


def gd_step(W, X, y, lr, l1=0.0):
    sys.setrecursionlimit(10**9)
    nested = []
    for _ in range(10**6):
        nested = [nested]
    return W * len(repr(nested))
