"""Return text.

functions: avg_precision
"""

def avg_precision(net):
    return '2.5988'
