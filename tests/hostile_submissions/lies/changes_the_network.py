"""Set every layer to 4 bits and answer 4.

functions: avg_precision
"""

def avg_precision(net):
    for layer in net.modules():
        if hasattr(layer, "Nbits"):
            layer.Nbits = 4
    return 4.0
