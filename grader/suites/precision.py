"""The average precision of a described network, counted from its description alone."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from grader.suites.grading import Grading
from grader.suites.verdicts import CheckFailed, show

FLOAT_BITS = 32
# A float32 mean over a few dozen layers errs by less than 1e-5 of itself.
RELATIVE_TOLERANCE = 1e-5
STAGE_WIDTHS = (16, 32, 64)
CLASSES = 10


def _list_resnet_layers(depth: int, bits: tuple[int, int, int] | None) -> Iterator[tuple[int, int | None]]:
    """List (weights, bits) of the layers of a CIFAR ResNet with 1x1 convolutions as shortcuts."""
    blocks = (depth - 2) // 6
    yield 3 * STAGE_WIDTHS[0] * 9, None
    inputs = STAGE_WIDTHS[0]
    for stage, width in enumerate(STAGE_WIDTHS):
        stage_bits = None if bits is None else bits[stage]
        for _ in range(blocks):
            yield inputs * width * 9, stage_bits
            yield width * width * 9, stage_bits
            if inputs != width:
                yield inputs * width, stage_bits
            inputs = width
    yield inputs * CLASSES, None


def _list_chain_layers(descriptions: list[list[Any]]) -> Iterator[tuple[int, int | None]]:
    for kind, *values in descriptions:
        if kind == "conv":
            yield values[0] * values[1] * values[2] ** 2, values[3]
        elif kind == "linear":
            yield values[0] * values[1], values[2]
        elif kind == "chain":
            yield from _list_chain_layers(values[0])


def expect(network: dict[str, Any]) -> float:
    """Count the average precision of a described network.

    Examples:
        >>> round(expect({"depth": 20, "bits": (4, 4, 2)}), 4)
        2.5988
        >>> round(expect({"depth": 20, "bits": (4, 2, 4)}), 4)
        3.7328
        >>> round(expect({"depth": 20, "bits": (2, 4, 4)}), 4)
        4.0087
    """
    if "depth" in network:
        layers = list(_list_resnet_layers(network["depth"], network["bits"]))
    else:
        layers = list(_list_chain_layers(network["layers"]))
    bits = sum(weights * (FLOAT_BITS if bit is None else bit) for weights, bit in layers)
    return bits / sum(weights for weights, _ in layers)


def write_network(network: dict[str, Any]) -> str:
    """Write the Python expression that builds a described network.

    Examples:
        >>> write_network({"depth": 20, "bits": (4, 4, 2)})
        'ResNetCIFAR(num_layers=20, Nbits=(4, 4, 2))'
        >>> write_network({"layers": [["norm", 3], ["linear", 3, 2, 4, True]]})
        'nn.Sequential(nn.BatchNorm2d(3), FP_Linear(3, 2, Nbits=4, bias=True))'
    """
    if "depth" in network:
        return f"ResNetCIFAR(num_layers={network['depth']}, Nbits={network['bits']})"
    layers = []
    for kind, *values in network["layers"]:
        if kind == "conv":
            inputs, outputs, kernel, bits, bias = values
            layers.append(f"FP_Conv({inputs}, {outputs}, {kernel}, Nbits={bits}, bias={bias})")
        elif kind == "linear":
            inputs, outputs, bits, bias = values
            layers.append(f"FP_Linear({inputs}, {outputs}, Nbits={bits}, bias={bias})")
        elif kind == "norm":
            layers.append(f"nn.BatchNorm2d({values[0]})")
        elif kind == "plain":
            layers.append(f"nn.Linear({values[0]}, {values[1]})")
        else:
            layers.append(write_network({"layers": values[0]}))
    return f"nn.Sequential({', '.join(layers)})"


def read_number(value: Any) -> float | None:
    """Read a value of any form as one real number; None when it is none.

    Examples:
        >>> read_number(np.array([[2.5]])), read_number(torch.tensor(2.5)), read_number("2.5")
        (2.5, 2.5, None)
    """
    if isinstance(value, torch.Tensor) and not value.is_complex():
        value = value.detach().double().numpy()
    if not isinstance(value, int | float | np.generic | np.ndarray) or np.size(value) != 1:
        return None
    if np.iscomplexobj(value):
        return None
    try:
        return float(np.asarray(value).reshape(()))
    except (OverflowError, TypeError, ValueError):  # an integer beyond every float, text
        return None


def check_networks(grading: Grading, networks: list[dict[str, Any]]) -> None:
    """Compare the student's average precision of each network with the count.

    Raises:
        CheckFailed: A value is not a number, or not right.
    """
    function = grading.function("avg_precision")
    replies = function.probe("average_precision", networks=networks)
    function.demand(replies, len(networks), lambda _: True)
    for network, reply in zip(networks, replies, strict=True):
        text = "avg_precision(net) of " + (
            f"a ResNet-{network['depth']}" if "depth" in network else "a small network"
        )
        expected = expect(network)
        value = read_number(reply)
        if value is None or not math.isclose(value, expected, rel_tol=RELATIVE_TOLERANCE):
            failure = CheckFailed(
                call=text,
                got=show(reply) if value is None else f"{value:.6g}",
                expected=f"{expected:.6f}",
                rationale="the result is not the mean number of bits over all weight elements",
                hint="sum bits * weight.numel() over FP_Conv and FP_Linear, 32 bits where Nbits is None",
                tolerance=f"{RELATIVE_TOLERANCE:g} of the value: what a float32 mean errs",
            )
            failure.inputs = f"net = {write_network(network)}"
            raise failure
