import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    return W  # an old save
