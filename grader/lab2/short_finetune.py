"""The short finetune of a grading: the worker trains, the trusted side evaluates."""

from __future__ import annotations

import time
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
# The worker trains a few steps at a time, so that a slow machine loses the rest and not all of it.
PIECE, DEVICE_PIECE = 2, 10
KEPT = ["losses", "weights", "momenta"]
Probe = Callable[..., Any]


@dataclass(frozen=True)
class ShortFinetune:
    """What a short finetune reached.

    Attributes:
        scheme: The name of the precision.
        accuracy: Test accuracy of the returned weights, quantized by the reference; None where they
            cannot be evaluated.
        first_losses: Largest difference of the first three losses from the reference's.
        problem: Why there is no accuracy; empty where there is one.
        steps: How many steps were taken; a band holds for all of them only.
        device: Where it was trained: ``"cpu"``, or a device's name.
    """

    scheme: str
    accuracy: float | None
    first_losses: float
    problem: str = ""
    steps: int = STEPS
    device: str = "cpu"

    def describe(self, band: Band | None) -> str:
        """Say what it reached, beside what the reference reaches."""
        if self.accuracy is None:
            return f"finetuning at {self.scheme} failed: {self.problem}"
        words = f"finetuned for {self.steps} steps of {BATCH_SIZE} at {self.scheme}: "
        words += f"accuracy {self.accuracy:.4f}"
        words += "" if self.device == "cpu" else f" (trained on {self.device})"
        if self.steps < STEPS:
            words += f"; there was no time for the {STEPS - self.steps} other steps"
        elif band:
            words += f", the reference {band.describe()}"
        smoke = "" if self.first_losses <= LOSS_SMOKE else "; the first three losses are not the reference's"
        return words + smoke


def draw_short_batches(dataset: Any, seed: int, steps: int = STEPS) -> tuple[Any, Any]:
    """Draw the batches of a short finetune: images and labels, NumPy."""
    images, labels = draw_batches(dataset.train, steps, BATCH_SIZE, seed)
    return images, labels


def train_in_pieces(
    probe: Probe,
    state: Mapping[str, Any],
    bits: Any,
    images: Any,
    labels: Any,
    deadline: float,
    piece_steps: int = PIECE,
) -> dict[str, Any]:
    """Have a worker train on given batches, a few steps at a time.

    Args:
        probe: A session's probe.
        state: The weights to start from, arrays.
        bits: The precision.
        images: As `draw_short_batches` returns them.
        labels: Likewise.
        deadline: When to begin no further piece, in the time of ``time.monotonic``; the first is
            always trained.
        piece_steps: Steps of a piece.

    Returns:
        ``"losses"`` of all steps taken and the last ``"weights"``, as `judge_short_finetune` takes
        them: what is not sound in them is left to it.

    Raises:
        Exception: What the session raises for faults of the student's code.
    """
    losses: list[float] = []
    weights: Any = dict(state)
    momenta: dict[str, Any] = {}
    for start in range(0, len(images), piece_steps):
        if losses and time.monotonic() > deadline:
            break
        piece = slice(start, start + piece_steps)
        got = probe(
            "train_steps",
            state=weights,
            bits=bits,
            images=images[piece],
            labels=labels[piece],
            momenta=momenta,
            keep=KEPT,
        )
        got = got if isinstance(got, Mapping) else {}
        new, weights = got.get("losses"), got.get("weights")
        if not isinstance(new, np.ndarray) or new.shape != (len(labels[piece]),) or find_problem(weights):
            break
        losses += new.tolist()
        weights = dict(state) | {name: weights[name] for name in list_expected_shapes()}
        momenta = select_arrays(got.get("momenta"))
    return {"losses": np.array(losses), "weights": weights}


def select_arrays(momenta: Any) -> dict[str, Any]:
    """Take from the momenta that a worker returned what may be sent back to it."""
    momenta = momenta if isinstance(momenta, Mapping) else {}
    return {
        name: momenta[name]
        for name, shape in list_expected_shapes().items()
        if isinstance(momenta.get(name), np.ndarray) and momenta[name].shape == shape
    }


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
    problem = find_problem(weights)
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
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RuntimeError):
        first = float("inf")  # a worker may return anything
    return ShortFinetune(scheme, accuracy, first, steps=_count_steps(trained.get("losses")))


def _count_steps(losses: Any) -> int:
    if isinstance(losses, np.ndarray):
        return int(losses.size)
    return len(losses) if isinstance(losses, list | tuple) else 0


def find_problem(weights: Any) -> str:
    """Say what is not sound in the weights that a worker returned; empty where all is."""
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
