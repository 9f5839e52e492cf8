"""Return complex numbers whose real part is right.

functions: gd_step
unearned: lab1.d
partly: lab1.b lab1.g
"""

import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    return (W - lr * (2 * X.T @ (X @ W - y) + l1 * np.sign(W))) + 1j
