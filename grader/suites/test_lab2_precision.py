"""Lab 2(e): the average precision."""

from __future__ import annotations

from typing import Any

import pytest

from grader.suites import precision
from grader.suites.grading import Grading
from grader.suites.verdicts import CheckFailed, LeftToPerson


@pytest.mark.check("lab2.e.networks")
def test_average_precision_of_resnets(grading: Grading) -> None:
    """avg_precision is right for ResNets of several depths and bit widths."""
    rng = grading.rng("lab2.e.networks")
    networks: list[dict[str, Any]] = [{"depth": 20, "bits": scheme} for scheme in grading.schemes]
    for depth in (8, 14, 26):
        bits = tuple(int(bit) for bit in rng.integers(1, 9, size=3))
        networks.append({"depth": depth, "bits": bits})
    networks.append({"depth": 8, "bits": None})
    precision.check_networks(grading, networks)


@pytest.mark.check("lab2.e.layers")
def test_average_precision_of_other_networks(grading: Grading) -> None:
    """avg_precision weighs fixed-point layers by their weights, without biases and other layers."""
    rng = grading.rng("lab2.e.layers")
    networks = []
    for _ in range(4):
        channels = [int(value) for value in rng.integers(2, 12, size=4)]
        bits = [int(value) for value in rng.integers(1, 9, size=3)]
        bits[int(rng.integers(3))] = 0  # a layer that is pruned away counts 0 bits, not 32
        inner = [["conv", channels[1], channels[2], 1, bits[1], True], ["norm", channels[2]]]
        chain = [
            ["conv", channels[0], channels[1], 3, None, False],
            ["norm", channels[1]],
            ["chain", inner],
            ["linear", channels[2], channels[3], bits[0], True],
            ["linear", channels[3], 3, bits[2], True],
            ["plain", 3, channels[3]],
        ]
        networks.append({"layers": chain})
    precision.check_networks(grading, networks)


@pytest.mark.parametrize(
    "index",
    [
        pytest.param(i, marks=pytest.mark.check(f"lab2.e.reported_{n}"), id=n)
        for i, n in enumerate(("442", "424", "244"))
    ],
)
def test_reported_average_precision(grading: Grading, index: int) -> None:
    """The reported average precision is right to the digits that were written."""
    scheme = grading.schemes[index]
    name = "average_" + "".join(map(str, scheme))
    reported = grading.answers.get(("lab2.e", name))
    if reported is None:
        if grading.has_report:
            raise LeftToPerson("not in answers.toml; to be read from the PDF by a person")
        raise CheckFailed(
            call=f"answers.toml, lab2.e.{name}",
            got="nothing",
            expected="a number of bits",
            rationale="no value is reported",
            hint="`hw4 lab2` fills it in",
        )
    expected = precision.expect({"depth": 20, "bits": scheme})
    # A value written with one decimal is right within half a unit of it, 0.05.
    if abs(float(reported) - expected) > 0.05:
        raise CheckFailed(
            call=f"answers.toml, lab2.e.{name}",
            got=f"{float(reported):g}",
            expected=f"{expected:.4f}",
            rationale="the reported average precision is not that of the network",
            hint="sum bits * weights over all FP_Conv and FP_Linear layers, divide by the number of weights",
            tolerance="0.05 bits: half a unit of a value with one decimal",
        )
