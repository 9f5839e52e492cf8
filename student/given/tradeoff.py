"""Average precision layer by layer, and accuracy against it."""

from typing import NamedTuple

from .quantized_state import list_quantized_layers
from .resnet20 import ResNetCIFAR

FLOAT_BITS = 32


class LayerPrecision(NamedTuple):
    """One row of the table that an average precision is computed from.

    Attributes:
        name: The layer in the network.
        weights: Its number of weights.
        bits: Bits of each.
    """

    name: str
    weights: int
    bits: int


class Tradeoff(NamedTuple):
    """A precision scheme with what it costs and what it reaches.

    Attributes:
        scheme: Its name, such as ``"442"``, ``"bits_4"`` or ``"float"``.
        average_precision: Mean bits over all weights.
        accuracy: Test accuracy.
    """

    scheme: str
    average_precision: float
    accuracy: float


def tabulate_precision(Nbits, layers):
    """List the layers of a ResNet-20 with their weights and bits.

    Args:
        Nbits: None, an int or three of them.
        layers: What provides ``FP_Conv`` and ``FP_Linear``.

    Returns:
        A `LayerPrecision` for each layer; floating point counts 32 bits.
    """
    net = ResNetCIFAR(num_layers=20, Nbits=Nbits, layers=layers)
    return [
        LayerPrecision(name.removesuffix(".weight"), weight.numel(), FLOAT_BITS if bits is None else bits)
        for name, weight, bits in list_quantized_layers(net, layers)
    ]


def average_table(table):
    """Compute the average precision of a table.

    Args:
        table: `LayerPrecision` s.

    Returns:
        Mean bits over all weights.

    Examples:
        >>> average_table([LayerPrecision("a", 100, 32), LayerPrecision("b", 300, 4)])
        11.0
    """
    return sum(row.weights * row.bits for row in table) / sum(row.weights for row in table)


def find_pareto_front(tradeoffs):
    """Find the schemes that no other one beats: at most as many bits with at least the accuracy.

    Args:
        tradeoffs: `Tradeoff` s.

    Returns:
        The names of the schemes on the front, by rising average precision.

    Examples:
        >>> points = [Tradeoff("442", 2.6, 0.89), Tradeoff("424", 3.7, 0.88), Tradeoff("244", 4.0, 0.90)]
        >>> find_pareto_front(points)
        ['442', '244']
    """
    front, best = [], float("-inf")
    for point in sorted(tradeoffs, key=lambda p: (p.average_precision, -p.accuracy)):
        if point.accuracy > best:
            front.append(point.scheme)
            best = point.accuracy
    return front
