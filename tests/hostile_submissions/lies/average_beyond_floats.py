"""Return an integer as the average precision that is larger than every float.

functions: avg_precision
"""


def avg_precision(net):
    return 10**1000
