"""Accuracies without finetuning that are known: of right quantizers elsewhere, of wrong ones here."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import reference.FP_layers
from student.given.augmentation import ResidentImages
from student.given.evaluation import evaluate_states
from student.given.quantized_state import quantize_state
from student.given.user_cache import write_whole

MISTAKES = Path(__file__).with_name("mistake_accuracies.json")


@dataclass(frozen=True)
class KnownTable:
    """Accuracies of a right quantizer, on other images or weights than the grader's.

    Attributes:
        described: Images and weights in words.
        source: Where the figures come from.
        accuracies: By the names of (b) and the ``before_`` names of (d).
    """

    described: str
    source: str
    accuracies: Mapping[str, float]


@dataclass(frozen=True)
class KnownMistake:
    """A wrong quantizer with the accuracies it gives.

    Attributes:
        id: Its name in the bank of mistakes.
        why: What is wrong.
        accuracies: By the names of (b) and the ``before_`` names of (d).
    """

    id: str
    why: str
    accuracies: Mapping[str, float]


COURSE_ON_CIFAR10 = KnownTable(
    "the course's checkpoint on CIFAR-10",
    "published by several students",
    {
        "float": 0.9151,
        "bits_6": 0.9144,
        "bits_5": 0.9113,
        "bits_4": 0.8972,
        "bits_3": 0.7660,
        "bits_2": 0.0899,
    },
)
COURSE_ON_JPEG = KnownTable(
    "the course's checkpoint on CIFAR-10 re-encoded as JPEG",
    "measured with the reference",
    {
        "float": 0.8093,
        "bits_6": 0.8082,
        "bits_5": 0.7905,
        "bits_4": 0.7759,
        "bits_3": 0.6094,
        "bits_2": 0.0916,
        "before_442": 0.3389,
        "before_424": 0.3208,
        "before_244": 0.1028,
    },
)
KNOWN_TABLES = (COURSE_ON_CIFAR10, COURSE_ON_JPEG)


def read_mistakes(data_sha256: str, weights_sha256: str, path: Path = MISTAKES) -> tuple[KnownMistake, ...]:
    """Read the accuracies of known mistakes on given images and weights; none where none were measured."""
    if not path.exists():
        return ()
    stored = json.loads(path.read_text(encoding="utf-8"))
    if (stored["data_sha256"], stored["weights_sha256"]) != (data_sha256, weights_sha256):
        return ()
    return tuple(KnownMistake(**entry) for entry in stored["mistakes"])


def measure_mistakes(
    quantizers: Mapping[str, tuple[str, Callable[..., Any]]],
    schemes: Mapping[str, Any],
    state: Mapping[str, Any],
    dataset: Any,
) -> tuple[KnownMistake, ...]:
    """Measure the accuracies of wrong quantizers.

    Args:
        quantizers: By name, what is wrong and a function of ``(ctx, w, bit)``. It is not asked for
            weights in floating point.
        schemes: For each name of (b) and (d), its precision.
        state: The floating-point weights.
        dataset: The `student.given.datasets.ImageSet`.

    Returns:
        The mistakes; a quantizer that fails on a scheme has no accuracy there.
    """
    images = ResidentImages(dataset.test, "cpu")
    found = []
    for name, (why, compute) in quantizers.items():
        states = {}
        for scheme, bits in schemes.items():
            quantized = _try_quantizing(compute, bits, state)
            if quantized is not None:
                states[scheme] = quantized
        accuracies = evaluate_states(list(states.values()), images) if states else []
        found.append(KnownMistake(name, why, dict(zip(states, accuracies, strict=True))))
    return tuple(found)


def _try_quantizing(compute: Callable[..., Any], bits: Any, state: Mapping[str, Any]) -> Any:
    def apply(w: Any, bit: int | None) -> Any:
        return w if bit is None else compute(None, w, bit)

    given = reference.FP_layers
    layers = SimpleNamespace(
        FP_Conv=given.FP_Conv, FP_Linear=given.FP_Linear, STE=SimpleNamespace(apply=apply)
    )
    try:
        return quantize_state(state, bits, layers)
    except Exception:  # noqa: BLE001  # the mistake may be to raise anything
        return None


def write_mistakes(
    mistakes: tuple[KnownMistake, ...],
    data_sha256: str,
    weights_sha256: str,
    provenance: Mapping[str, Any],
    path: Path = MISTAKES,
) -> None:
    """Store the accuracies of known mistakes with their provenance."""
    stored = {
        "data_sha256": data_sha256,
        "weights_sha256": weights_sha256,
        "provenance": dict(provenance),
        "mistakes": [asdict(mistake) for mistake in mistakes],
    }
    text = json.dumps(stored, indent=1) + "\n"
    write_whole(path, lambda file: file.write(text.encode()))
