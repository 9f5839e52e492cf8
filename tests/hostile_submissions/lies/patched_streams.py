"""Replace the standard streams by objects that fail.

functions: gd_step
rest: open
"""

import sys


class Broken:
    def __getattr__(self, name):
        raise SystemExit(0)


sys.stdout = sys.stderr = sys.stdin = sys.__stdout__ = sys.__stderr__ = Broken()


def gd_step(W, X, y, lr, l1=0.0):
    return W * 0.0
