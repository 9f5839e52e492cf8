"""Hold the lock in a regular expression that backtracks for ever.

functions: gd_step
says: hang
"""

import re


def gd_step(W, X, y, lr, l1=0.0):
    re.match(r'(a+)+$', 'a' * 64 + 'b')
    return W
