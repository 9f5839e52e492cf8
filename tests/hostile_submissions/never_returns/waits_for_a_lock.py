"""Acquire a lock twice.

functions: gd_step
says: hang
"""

import threading


def gd_step(W, X, y, lr, l1=0.0):
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()
    return W
