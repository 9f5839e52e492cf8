"""Return the average precision as a tensor of a type that NumPy does not have.

functions: avg_precision
"""

import torch


def avg_precision(net):
    return torch.tensor(2.6, dtype=torch.bfloat16, requires_grad=True)
