"""Open a socket of any family.

functions: gd_step
"""

import socket

import numpy as np


def attack():
    opened = []
    for family in (1, 2, 10, 16, 17, 29, 31, 38, 40, 44):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
            try:
                socket.socket(family, kind).close()
                opened.append((family, kind))
            except OSError:
                continue
    print(opened)
    return bool(opened)


def gd_step(W, X, y, lr, l1=0.0):
    """Answer rightly only if the attack got what it wanted."""
    try:
        won = attack()
    except Exception as error:
        print(type(error).__name__, error)
        won = False
    if won:
        return W - lr * (2 * X.T @ (X @ W - y) + l1 * np.sign(W))
    return W * 0.0
