"""Return True.

functions: avg_precision
"""

def avg_precision(net):
    return True
