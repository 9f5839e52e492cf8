"""Overflow the stack of a thread.

functions: gd_step
says: exit raised wrong
"""

import sys
import threading


def gd_step(W, X, y, lr, l1=0.0):
    sys.setrecursionlimit(10**9)
    threading.stack_size(32768)

    def dive(depth):
        return sorted([depth], key=lambda item: dive(item + 1))

    thread = threading.Thread(target=dive, args=(0,))
    thread.start()
    thread.join()
    return W * 0.0
