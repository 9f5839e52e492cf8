"""Return NaN.

functions: avg_precision
"""

def avg_precision(net):
    return float('nan')
