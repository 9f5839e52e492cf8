"""Networks by their layers: what ``avg_precision`` is computed from in the trusted process."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Layer:
    """What counts, or must not count, in the average.

    Attributes:
        kind: ``"conv"`` or ``"linear"`` for the fixed-point layers; ``"norm"`` or ``"plain"``
            (a layer of PyTorch) for what must not count.
        shape: The shape of the weight.
        biases: Number of bias elements.
        Nbits: Bits of the weight; None for floating point.
        depth: 1 for a direct child of the network.
    """

    kind: str
    shape: tuple[int, ...]
    biases: int
    Nbits: int | None
    depth: int = 1

    @property
    def elements(self) -> int:
        """Number of weight elements."""
        count = 1
        for side in self.shape:
            count *= side
        return count

    @property
    def bits(self) -> int:
        """Bits of one weight element."""
        return 32 if self.Nbits is None else self.Nbits


Network = Sequence[Layer]


def describe_network(net: Any) -> tuple[Layer, ...]:
    """Describe a network by its layers.

    Args:
        net: A ``torch.nn.Module``; layers with ``Nbits`` are quantizable, of other modules
            those with a weight are normalization (one dimension) or plain.

    Returns:
        One `Layer` for each module that has a weight, in the order of ``net.modules()``.

    Examples:
        >>> from torch import nn
        >>> from reference.FP_layers import FP_Conv
        >>> describe_network(nn.Sequential(FP_Conv(1, 2, 3, Nbits=4, bias=False), nn.BatchNorm2d(2)))
        (Layer(kind='conv', shape=(2, 1, 3, 3), biases=0, Nbits=4, depth=1),
         Layer(kind='norm', shape=(2,), biases=2, Nbits=None, depth=1))
    """
    layers: list[Layer] = []
    wrapped: set[int] = set()
    for name, module in net.named_modules():
        weight = getattr(module, "weight", None)
        if weight is None or id(module) in wrapped:
            continue
        inner = list(module.children()) if hasattr(module, "Nbits") else []
        wrapped.update(map(id, inner))
        biases = [getattr(part, "bias", None) for part in (module, *inner)]
        quantizable = hasattr(module, "Nbits")
        layers.append(
            Layer(
                kind=_kind_of(weight, quantizable),
                shape=tuple(weight.shape),
                biases=sum(bias.numel() for bias in biases if bias is not None),
                Nbits=module.Nbits if quantizable else None,
                depth=1 + name.count("."),
            )
        )
    return tuple(layers)


def _kind_of(weight: Any, quantizable: bool) -> str:
    if quantizable:
        return "conv" if weight.dim() == 4 else "linear"
    return "norm" if weight.dim() == 1 else "plain"


def right_average(net: Network) -> float:
    """Compute the average precision of a described network."""
    layers = [layer for layer in net if layer.kind in {"conv", "linear"}]
    return sum(layer.bits * layer.elements for layer in layers) / sum(layer.elements for layer in layers)
