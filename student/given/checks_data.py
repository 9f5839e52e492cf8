"""The public checks as data: inputs, expected values, and the sealed table of known mistakes.

The file ``checks.json`` is generated; it holds no formula.
"""

import json
from functools import cache
from pathlib import Path

import numpy as np

PATH = Path(__file__).with_name("checks.json")


@cache
def load_checks():
    """Read ``checks.json``.

    Returns:
        For each function its ``"checks"`` and ``"tables"``.

    Examples:
        >>> load_checks()["prune_topk"]["checks"][1]["claim"]
        'k = 0 keeps nothing'
    """
    return json.loads(PATH.read_text(encoding="utf-8"))


def decode(value, layers=None):
    """Turn an input of the data file into what a function takes.

    Args:
        value: A number, None, ``{"array": ...}`` (float64), ``{"tensor": ...}`` (float32) or
            ``{"network": ...}``.
        layers: What provides ``FP_Conv`` and ``FP_Linear``, for a network.

    Returns:
        The value; a fresh object at each call.

    Examples:
        >>> decode({"array": [[1.0], [2.0]]})
        array([[1.],
               [2.]])
    """
    if not isinstance(value, dict):
        return value
    if "array" in value:
        return np.array(value["array"], dtype=np.float64)
    import torch

    if "tensor" in value:
        return torch.tensor(value["tensor"], dtype=torch.float32)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return _build(value["network"], layers)


def _build(parts, layers):
    from torch import nn

    makers = {
        "conv": lambda inputs, outputs, side, bits, bias: layers.FP_Conv(
            inputs, outputs, side, Nbits=bits, bias=bias
        ),
        "linear": lambda inputs, outputs, bits, bias: layers.FP_Linear(
            inputs, outputs, Nbits=bits, bias=bias
        ),
        "norm": nn.BatchNorm2d,
        "plain": nn.Linear,
        "block": lambda inner: _build(inner, layers),
    }
    return nn.Sequential(*(makers[kind](*arguments) for kind, *arguments in parts))
