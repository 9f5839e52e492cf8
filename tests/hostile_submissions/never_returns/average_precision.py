"""Walk round a network that contains itself.

functions: avg_precision
says: hang
"""

def avg_precision(net):
    module = net
    while module is not None:
        module = net
    return 0.0
