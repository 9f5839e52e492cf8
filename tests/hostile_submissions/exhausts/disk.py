"""Write 512 MB into every folder that can be written.

functions: gd_step
"""

import contextlib
import os
import tempfile

import numpy as np


def attack():
    written = 0
    for folder in (os.getcwd(), tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm", os.path.expanduser("~")):
        path = os.path.join(folder, "hw4-hostile-fill")
        try:
            with open(path, "wb", buffering=0) as file:
                for _ in range(32):
                    written += file.write(b"A" * (16 << 20))
        except OSError:
            pass
        finally:
            with contextlib.suppress(OSError):
                os.unlink(path)
    return written > 256 << 20


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
