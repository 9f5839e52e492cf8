"""The short finetune of a grading: the worker trains, the trusted side evaluates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

import reference.FP_layers
from grader.lab2.bands import SHORT, Band
from grader.lab2.statistics import LOSS_SMOKE, compare_losses
from student.given.augmentation import ResidentImages
from student.given.evaluation import evaluate_states
from student.given.pretrained import hash_state, list_expected_shapes
from student.given.quantized_state import quantize_state
from student.given.short_training import draw_batches, train_steps

STEPS, BATCH_SIZE = 40, 128
KEPT = ["losses", "weights"]


@dataclass(frozen=True)
class ShortFinetune:
    """What a short finetune reached.

    Attributes:
        scheme: The name of the precision.
        accuracy: Test accuracy of the returned weights, quantized by the reference; None where they
            cannot be evaluated.
        first_losses: Largest difference of the first three losses from the reference's.
        problem: Why there is no accuracy; empty where there is one.
    """

    scheme: str
    accuracy: float | None
    first_losses: float
    problem: str = ""

    def describe(self, band: Band | None) -> str:
        """Say what it reached, beside what the reference reaches."""
        if self.accuracy is None:
            return f"finetuning at {self.scheme} failed: {self.problem}"
        words = f"finetuned for {STEPS} steps of {BATCH_SIZE} at {self.scheme}: accuracy {self.accuracy:.4f}"
        words += f", the reference {band.describe()}" if band else ""
        smoke = "" if self.first_losses <= LOSS_SMOKE else "; the first three losses are not the reference's"
        return words + smoke


def draw_short_batches(dataset: Any, seed: int, steps: int = STEPS) -> tuple[Any, Any]:
    """Draw the batches of a short finetune: images and labels, NumPy."""
    images, labels = draw_batches(dataset.train, steps, BATCH_SIZE, seed)
    return images, labels


def judge_short_finetune(
    scheme: str,
    bits: Any,
    trained: Mapping[str, Any],
    reference_losses: Any,
    images: ResidentImages,
) -> ShortFinetune:
    """Evaluate the weights that a worker returned.

    Args:
        scheme: The name of the precision.
        bits: The precision.
        trained: ``"losses"`` and ``"weights"`` from the worker.
        reference_losses: The first losses of the reference on the same batches, at least three.
        images: The test images.

    Returns:
        What it reached. It shows that training works and judges no quantizer: wrong ones may
        recover better.
    """
    weights = trained.get("weights") if isinstance(trained, Mapping) else None
    problem = _find_problem(weights)
    if problem or weights is None:
        return ShortFinetune(scheme, None, float("inf"), problem)
    state = {
        name: torch.from_numpy(np.array(weights[name], dtype=np.float32)) for name in list_expected_shapes()
    }
    state |= {
        name.replace("running_mean", "num_batches_tracked"): torch.tensor(0)
        for name in state
        if name.endswith("running_mean")
    }
    (accuracy,) = evaluate_states([quantize_state(state, bits, reference.FP_layers)], images)
    try:
        first = compare_losses(trained["losses"], reference_losses)
    except (KeyError, TypeError, ValueError):
        first = float("inf")
    return ShortFinetune(scheme, accuracy, first)


def _find_problem(weights: Any) -> str:
    if not isinstance(weights, Mapping):
        return "the worker returned no weights"
    for name, shape in list_expected_shapes().items():
        value = weights.get(name)
        if not isinstance(value, np.ndarray) or value.shape != shape or value.dtype.kind not in "fiu":
            return f"{name}: found no weights of shape {shape}"
        if not np.isfinite(value).all():
            return f"{name}: found weights that are not finite"
    return ""


def measure_short_bands(
    state: Mapping[str, torch.Tensor],
    dataset: Any,
    schemes: Mapping[str, Any],
    seeds: tuple[int, ...],
    on_result: Callable[[str, int, float], None] | None = None,
) -> list[Band]:
    """Finetune the reference shortly with several seeds.

    Args:
        state: The weights to start from.
        dataset: The `student.given.datasets.ImageSet`.
        schemes: Precision by name.
        seeds: Seeds of the batches.
        on_result: Called with each scheme, seed and accuracy.

    Returns:
        A band for each scheme.
    """
    images = ResidentImages(dataset.test, "cpu")
    weights = {name: value.numpy() for name, value in state.items()}
    found: dict[str, dict[str, float]] = {scheme: {} for scheme in schemes}
    for seed in seeds:
        batches = draw_short_batches(dataset, seed)
        for scheme, bits in schemes.items():
            trained = train_steps(reference.FP_layers, weights, bits, *batches)
            reached = judge_short_finetune(scheme, bits, trained, trained["losses"], images)
            if reached.accuracy is None:
                raise RuntimeError(f"{scheme}, seed {seed}: {reached.problem}")
            found[scheme][str(seed)] = reached.accuracy
            if on_result:
                on_result(scheme, seed, reached.accuracy)
    return [
        Band(
            data=dataset.name,
            data_sha256=dataset.digest,
            weights_sha256=hash_state(state),
            budget=SHORT,
            scheme=scheme,
            test_images=len(dataset.test),
            accuracies=accuracies,
            machine={"device": "cpu", "precision": "float32", "torch": torch.__version__},
        )
        for scheme, accuracies in found.items()
    ]
