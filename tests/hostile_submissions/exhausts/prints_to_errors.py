"""Write a gigabyte to standard error, past Python's streams.

functions: gd_step
says: output
"""

import os


def gd_step(W, X, y, lr, l1=0.0):
    for _ in range(16_384):
        os.write(2, b'A' * 65_536)
    return W * 0.0
