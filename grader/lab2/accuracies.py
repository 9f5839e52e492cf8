"""Accuracies without finetuning: computed where the weights differ, looked up where they do not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

import reference.FP_layers
from grader.lab2.reference_states import list_layer_bits
from grader.lab2.statistics import compare_networks
from student.given.augmentation import ResidentImages
from student.given.evaluation import evaluate_states
from student.given.pretrained import hash_state
from student.given.quantized_state import quantize_state
from student.given.user_cache import write_whole

KNOWN = Path(__file__).with_name("known_accuracies.json")
# Right quantizers in other float orders take another level for a weight or two of 270,000 that lie at
# a tie, and agree elsewhere to far less than a thousandth of a step.
TIES = 2e-5
SAME_LEVEL = 1e-3


@dataclass(frozen=True, slots=True)
class Accuracy:
    """A test accuracy of quantized weights.

    Attributes:
        value: A fraction in [0, 1]; None where the weights cannot be evaluated.
        same_as_reference: Whether the weights are the reference's, but for rounding.
        wrong_codes: Share of the weights on another level than the reference's.
        problem: Why there is no value; empty where there is one.
    """

    value: float | None
    same_as_reference: bool
    wrong_codes: float
    problem: str = ""


@dataclass
class AccuracyCache:
    """Accuracies by weights and images, known once.

    Attributes:
        path: Where new ones are kept; nowhere when None.
        values: Accuracy by key.
    """

    path: Path | None = None
    values: dict[str, float] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path | None) -> AccuracyCache:
        """Read the accuracies that the grader ships and those found before.

        Args:
            path: Where new ones are kept; nowhere when None.
        """
        values: dict[str, float] = {}
        for source in (KNOWN, path):
            try:
                stored = json.loads(source.read_text(encoding="utf-8")) if source else {}
                values.update({str(key): float(value) for key, value in stored["accuracies"].items()})
            except (OSError, ValueError, KeyError, TypeError, AttributeError):
                continue  # a cache that cannot be read is made again
        return cls(path, values)

    @staticmethod
    def key(state: Mapping[str, Any], split: Any, digest: str) -> str:
        """Return what an accuracy belongs to: quantized weights, images, and how many of them."""
        return f"{hash_state(state)}:{digest}:{len(split)}"

    def evaluate(self, states: list[Mapping[str, Any]], dataset: Any, device: Any = "cpu") -> list[float]:
        """Look accuracies up, and compute together those that are unknown.

        Args:
            states: State dicts of ResNet-20, quantized.
            dataset: The `student.given.datasets.ImageSet`.
            device: Where to compute.

        Returns:
            Fractions in [0, 1].
        """
        keys = [self.key(state, dataset.test, dataset.digest) for state in states]
        unknown = {key: state for key, state in zip(keys, states, strict=True) if key not in self.values}
        if unknown:
            images = ResidentImages(dataset.test, device)
            found = evaluate_states(list(unknown.values()), images)
            self.values.update(zip(unknown, found, strict=True))
            if self.path is not None:
                text = json.dumps({"accuracies": self.values}, indent=1).encode()
                write_whole(self.path, lambda file: file.write(text))
        return [self.values[key] for key in keys]


def measure_accuracies(
    quantized: Mapping[str, Mapping[str, Any]],
    schemes: Mapping[str, Any],
    state: Mapping[str, torch.Tensor],
    dataset: Any,
    cache: AccuracyCache,
    device: Any = "cpu",
    references: Mapping[str, Mapping[str, torch.Tensor]] | None = None,
) -> dict[str, Accuracy]:
    """Find the accuracies of a student's quantized weights.

    Args:
        quantized: For each experiment, the quantized weights by layer that the worker returned.
        schemes: For each experiment, its precision: None, an int or three of them.
        state: The floating-point weights that were quantized.
        dataset: The `student.given.datasets.ImageSet`.
        cache: Accuracies that are known.
        device: Where to compute the others.
        references: For each experiment the state that the reference quantizes; computed when None.

    Returns:
        The `Accuracy` of each experiment.
    """
    found: dict[str, Accuracy] = {}
    wanted: dict[str, Mapping[str, Any]] = {}
    for name, bits in schemes.items():
        known = (references or {}).get(name)
        expected_state = dict(known or quantize_state(state, bits, reference.FP_layers))
        layer_bits = list_layer_bits(bits)
        expected = {layer: expected_state[layer].numpy() for layer in layer_bits}
        got = quantized.get(name)
        problem = _find_problem(got, expected)
        if problem or got is None:
            found[name] = Accuracy(None, same_as_reference=False, wrong_codes=1.0, problem=problem)
            continue
        wrong = compare_networks(got, expected, layer_bits)
        same = wrong <= TIES and _are_same(got, expected, layer_bits)
        found[name] = Accuracy(None, same, wrong)
        wanted[name] = expected_state if same else expected_state | _to_tensors(got)
    values = cache.evaluate(list(wanted.values()), dataset, device)
    for name, value in zip(wanted, values, strict=True):
        found[name] = Accuracy(value, found[name].same_as_reference, found[name].wrong_codes)
    return found


def _find_problem(got: Mapping[str, Any] | None, expected: Mapping[str, Any]) -> str:
    if not isinstance(got, Mapping):
        return "the worker returned no weights"
    for name, values in expected.items():
        array = got.get(name)
        if not isinstance(array, np.ndarray) or array.shape != values.shape or array.dtype.kind != "f":
            return f"{name}: found no weights of shape {values.shape}"
        if not np.isfinite(array).all():
            return f"{name}: found weights that are not finite"
    return ""


def _are_same(got: Mapping[str, Any], expected: Mapping[str, Any], bits: Mapping[str, int | None]) -> bool:
    """Tell whether all weights on the same level agree; those on another one were counted."""
    for name, values in expected.items():
        width = float(np.ptp(values))
        step = width / (2 ** (bits[name] or 16) - 1)
        distance = np.abs(got[name] - values)
        if np.any((distance > SAME_LEVEL * step + 1e-6 * width) & (distance <= 0.5 * step)):
            return False
    return True


def _to_tensors(arrays: Mapping[str, Any]) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(np.ascontiguousarray(a, dtype=np.float32)) for name, a in arrays.items()}
