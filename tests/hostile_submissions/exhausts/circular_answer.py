"""Return a list that contains itself.

functions: gd_step
says: reply wrong
"""

import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    answer = []
    answer.append(answer)
    return answer
