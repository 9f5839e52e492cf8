"""Layers that compute with given quantized weights and pass the gradient straight through."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import torch
from torch import nn


class _StraightThrough(torch.autograd.Function):
    """Replace weights by their quantized values; the gradient passes unchanged."""

    @staticmethod
    def forward(ctx: Any, w: torch.Tensor, quantized: torch.Tensor) -> torch.Tensor:  # noqa: ARG004
        return quantized.clone()

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:  # noqa: ARG004
        return gradients[0], None


def make_given_layers(quantized: list[torch.Tensor]) -> SimpleNamespace:
    """Make layers for one network whose quantized weights are given.

    Args:
        quantized: The quantized weights in the order in which the network makes its layers.

    Returns:
        ``FP_Conv``, ``FP_Linear`` and a ``STE`` that leaves weights as they are.

    Examples:
        >>> layers = make_given_layers([torch.ones(1, 2)])
        >>> linear = layers.FP_Linear(2, 1, bias=False)
        >>> linear(torch.tensor([[3.0, 4.0]])).item()
        7.0
    """
    upcoming = iter(quantized)

    class Convolution(nn.Conv2d):
        def __init__(self, *sizes: Any, Nbits: int | None = None, **options: Any) -> None:
            super().__init__(*sizes, **options)
            self.Nbits, self.quantized = Nbits, next(upcoming)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            weight = _StraightThrough.apply(self.weight, self.quantized)
            output: torch.Tensor = self._conv_forward(x, weight, self.bias)
            return output

    class Linear(nn.Linear):
        def __init__(self, *sizes: Any, Nbits: int | None = None, **options: Any) -> None:
            super().__init__(*sizes, **options)
            self.Nbits, self.quantized = Nbits, next(upcoming)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            weight = _StraightThrough.apply(self.weight, self.quantized)
            output: torch.Tensor = nn.functional.linear(x, weight, self.bias)
            return output

    unchanged = SimpleNamespace(apply=lambda w, _: w)
    return SimpleNamespace(FP_Conv=Convolution, FP_Linear=Linear, STE=unchanged)
