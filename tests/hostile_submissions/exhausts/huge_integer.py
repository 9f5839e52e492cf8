"""Return an integer of a hundred million bits.

functions: avg_precision
says: reply wrong
"""

def avg_precision(net):
    return 1 << 10**8
