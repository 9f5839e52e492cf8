"""Connect to a listener on the loopback.

functions: gd_step
"""

import socket

import numpy as np


def attack():
    with socket.create_connection(("127.0.0.1", int("@TCP_PORT@")), timeout=2) as connection:
        connection.sendall(b"hostile")
        return True


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
