"""Lab 2 with the student's layers: quantized weights, and a few training steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from grader.worker.probes import probe
from student.given import short_training
from student.given.devices import bound_device_memory
from student.given.quantized_state import build_network, list_quantized_layers, quantize_network


@probe("quantize_networks")
def quantize_networks(student: Any, state: dict[str, Any], schemes: dict[str, Any]) -> dict[str, Any]:
    """Quantize ResNet-20 at several precisions with the student's layers.

    Args:
        student: The loaded submission.
        state: Floating-point weights, name to array.
        schemes: For each experiment its precision: None, an int or three of them.

    Returns:
        For each experiment the quantized weights by layer, float32 arrays.
    """
    student.function("STE")
    tensors = {name: torch.from_numpy(np.array(value)) for name, value in state.items()}
    found = {}
    for name, bits in schemes.items():
        net = build_network(tensors, tuple(bits) if isinstance(bits, list) else bits, student.layers)
        quantized = quantize_network(net, student.layers)
        found[name] = {
            layer: quantized[layer].float().contiguous().numpy()
            for layer, _, _ in list_quantized_layers(net, student.layers)
        }
    return found


@probe("train_steps")
def train_steps(
    student: Any,
    state: dict[str, Any],
    bits: Any,
    images: Any,
    labels: Any,
    momenta: dict[str, Any] | None = None,
    keep: list[str] | None = None,
    device: str = "cpu",
    device_bytes: int = 0,
) -> dict[str, Any]:
    """Train ResNet-20 for a few steps with the student's layers.

    Args:
        student: The loaded submission.
        state: Weights to start from, name to array.
        bits: None, an int or three of them.
        images: ``(steps, n, 32, 32, 3)`` uint8.
        labels: ``(steps, n)``.
        momenta: Momentum by parameter; zero when None.
        keep: Which of the values of `student.given.short_training.train_steps` to return; all of
            them when None.
        device: Where to train.
        device_bytes: What may be taken of its memory, as PyTorch is told.

    Returns:
        These values, arrays.
    """
    student.function("STE")
    if device != "cpu":
        bound_device_memory(device_bytes)
    precision = tuple(bits) if isinstance(bits, list) else bits
    trained = short_training.train_steps(
        student.layers, state, precision, images, labels, momenta, device=device
    )
    return {name: value for name, value in trained.items() if keep is None or name in keep}
