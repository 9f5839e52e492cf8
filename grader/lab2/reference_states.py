"""States of the reference's finetuning, from which a student's quantizer takes single steps."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

import reference.FP_layers
from grader.lab2.given_weights import make_given_layers
from grader.lab2.statistics import UNUSABLE, StepStatistics, compare_step
from student.given.pretrained import hash_state
from student.given.quantized_state import list_quantized_layers, quantize_state
from student.given.resnet20 import ResNetCIFAR, expand_bits
from student.given.short_training import draw_batches, train_steps
from student.given.user_cache import write_whole

BITS = (4, 3, 2)
AFTER_STEPS = (0, 2, 5, 10)
BATCH_SIZE = 64
VERSION = 1


@dataclass(frozen=True)
class ReferenceState:
    """A state of training and the batch of the next step.

    Attributes:
        bits: Bits of all three stages.
        after: How many steps of the reference led to it.
        weights: Weights and running statistics by name, float32.
        momenta: Momentum by parameter; empty at the start, where it is zero.
        images: ``(1, 64, 32, 32, 3)`` uint8.
        labels: ``(1, 64)``.
    """

    bits: int
    after: int
    weights: Mapping[str, Any]
    momenta: Mapping[str, Any]
    images: Any
    labels: Any

    def as_arguments(self) -> dict[str, Any]:
        """Return the arguments of `student.given.short_training.train_steps` but its layers."""
        return {
            "state": dict(self.weights),
            "Nbits": self.bits,
            "images": self.images,
            "labels": self.labels,
            "momenta": dict(self.momenta),
        }

    def take_step(self, layers: Any) -> dict[str, Any]:
        """Take the next step with given layers, in this process."""
        return dict(train_steps(layers, **self.as_arguments()))

    def quantize(self) -> dict[str, Any]:
        """Quantize the weights with the reference, by layer."""
        state = {name: torch.as_tensor(value) for name, value in self.weights.items()}
        quantized = quantize_state(state, self.bits, reference.FP_layers)
        return {name: quantized[name].numpy() for name in list_layer_bits(self.bits)}

    def take_straight_step(self, quantized: Any) -> dict[str, Any] | None:
        """Take the next step with given quantized weights, the gradient passed straight through.

        Args:
            quantized: Quantized weights by layer, as a student's quantizer made them.

        Returns:
            What `student.given.short_training.train_steps` returns; None where a layer's weights are
            missing, of another shape or not finite.
        """
        arrays = []
        for name in list_layer_bits(self.bits):
            array = quantized.get(name) if isinstance(quantized, Mapping) else None
            if not isinstance(array, np.ndarray) or array.shape != np.shape(self.weights[name]):
                return None
            if array.dtype.kind != "f" or not np.isfinite(array).all():
                return None
            arrays.append(torch.from_numpy(np.array(array, dtype=np.float32)))
        return self.take_step(make_given_layers(arrays))


def judge_step(state: ReferenceState, got: Any, quantized: Mapping[str, Any]) -> StepStatistics:
    """Compare a student's step from a state with the right one.

    Args:
        state: The state.
        got: What the worker returned.
        quantized: What `ReferenceState.quantize` returned.

    Returns:
        The statistics.
    """
    expected = state.take_straight_step(got.get("quantized")) if isinstance(got, Mapping) else None
    if expected is None:
        return UNUSABLE
    return compare_step(got, expected, quantized, state.weights, list_layer_bits(state.bits))


def make_reference_states(
    state: Mapping[str, torch.Tensor],
    split: Any,
    seed: int = 0,
    bits: tuple[int, ...] = BITS,
    after_steps: tuple[int, ...] = AFTER_STEPS,
) -> list[ReferenceState]:
    """Finetune with the reference and keep some states on the way.

    Args:
        state: The weights to start from.
        split: Training images.
        seed: Seed of the batches.
        bits: The precisions.
        after_steps: After how many steps a state is kept.

    Returns:
        A state for each precision and each number of steps.
    """
    images, labels = draw_batches(split, max(after_steps) + 1, BATCH_SIZE, seed)
    found = []
    for bit in bits:
        weights: Mapping[str, Any] = {name: value.numpy() for name, value in state.items()}
        momenta: Mapping[str, Any] = {}
        done = 0
        for after in sorted(after_steps):
            if after > done:
                reached = train_steps(
                    reference.FP_layers, weights, bit, images[done:after], labels[done:after], momenta
                )
                weights, momenta, done = reached["weights"], reached["momenta"], after
            batch = slice(after, after + 1)
            found.append(ReferenceState(bit, after, weights, momenta, images[batch], labels[batch]))
    return found


def load_reference_states(
    cache_folder: Path, state: Mapping[str, torch.Tensor], dataset: Any, **options: Any
) -> list[ReferenceState]:
    """Make the reference states, or read them where they were made before.

    Args:
        cache_folder: Where they are kept.
        state: The weights to start from.
        dataset: The `student.given.datasets.ImageSet`.
        **options: Of `make_reference_states`.

    Returns:
        The states.
    """
    what = f"{VERSION} {hash_state(state)} {dataset.digest} {len(dataset.train)} {sorted(options.items())}"
    path = cache_folder / f"reference-states-{hashlib.sha256(what.encode()).hexdigest()[:24]}.pt"
    fields = list(ReferenceState.__dataclass_fields__)
    try:
        stored = torch.load(path, map_location="cpu", weights_only=True)
        return [ReferenceState(**_to_numpy(dict(zip(fields, values, strict=True)))) for values in stored]
    except (OSError, RuntimeError, EOFError, ValueError, TypeError, pickle.UnpicklingError):
        states = make_reference_states(state, dataset.train, **options)
    plain = [[_to_tensors(getattr(found, name)) for name in fields] for found in states]
    write_whole(path, lambda file: torch.save(plain, file))
    return states


def list_layer_bits(bits: Any) -> dict[str, int | None]:
    """List the number of bits of each fixed-point layer of ResNet-20.

    Args:
        bits: None, an int or three of them.

    Returns:
        Name of the weight to its bits; None for floating point.

    Examples:
        >>> found = list_layer_bits((4, 3, 2))
        >>> len(found), found["body_op.3.id_mapping.0.conv.weight"], found["final_fc.linear.weight"]
        (22, 3, None)
    """
    net = ResNetCIFAR(num_layers=20, Nbits=expand_bits(bits), layers=reference.FP_layers)
    return {name: bit for name, _, bit in list_quantized_layers(net, reference.FP_layers)}


def _to_tensors(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: torch.as_tensor(array) for name, array in value.items()}
    return value if isinstance(value, int) else torch.as_tensor(value)


def _to_numpy(values: dict[str, Any]) -> dict[str, Any]:
    def convert(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: tensor.numpy() for name, tensor in value.items()}
        return value.numpy() if isinstance(value, torch.Tensor) else value

    return {name: convert(value) for name, value in values.items()}
