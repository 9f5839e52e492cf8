"""Telling by values whether two quantizers are one: equal to the bit, in all that training asks of them.

Outputs alone would not do: two quantizers with equal outputs and other gradients, or one that writes into
its input, train differently. So gradients, what is left of the input, and one training step count too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from student.given.short_training import draw_batches

VERSION = "1"
SEED = 590
STEP_IMAGES = 16
ODD_SHAPES = (
    (1,),
    (2,),
    (7,),
    (13,),
    (3, 5),
    (1, 9),
    (2, 3, 1, 1),
    (5, 1, 3, 3),
    (3, 2, 1, 5),
    (2, 1, 3, 1, 2),
)
SCALES = (1e-3, 1.0, 100.0)
KEPT = ["losses", "weights", "momenta"]

Probe = Callable[..., Any]


def take_fingerprint(
    probe: Probe,
    state: Mapping[str, Any],
    layers: tuple[str, ...],
    bits: tuple[int | None, ...],
    schemes: Mapping[str, Any],
    split: Any,
) -> tuple[str, bool]:
    """Hash what a worker's quantizer does on all layers, on odd shapes, and in one step of training.

    Args:
        probe: A session's probe.
        state: Floating-point weights, name to array.
        layers: The names of the fixed-point layers' weights.
        bits: Every number of bits in use.
        schemes: The precision of each finetune.
        split: Training images, a `student.given.datasets.Split`.

    Returns:
        SHA-256 over everything that came back (dtypes, shapes, bytes), and whether the quantizer did the same
        when it was asked again; where not, equal fingerprints mean nothing.

    Raises:
        Exception: What the session raises for faults of the student's code.
    """
    digest = hashlib.sha256(VERSION.encode())
    tensors, gradients = _draw_tensors([state[name] for name in layers])

    def run(number: int | None) -> bytes:
        replies = probe("run_quantizer", tensors=tensors, gradients=gradients, bits=number)
        return hash_value(replies)

    first = [run(number) for number in bits]
    for number, found in zip(bits, first, strict=True):
        digest.update(f"{number}".encode() + found)
    images, labels = draw_batches(split, 1, STEP_IMAGES, SEED)
    for name, precision in schemes.items():
        step = probe(
            "train_steps", state=dict(state), bits=precision, images=images, labels=labels, keep=KEPT
        )
        digest.update(name.encode() + hash_value(step))
    return digest.hexdigest(), [run(number) for number in bits] == first


def _draw_tensors(weights: list[Any]) -> tuple[list[Any], list[Any]]:
    """Return all layers and tensors of odd shapes, each with a gradient, the same every time."""
    generator = torch.Generator().manual_seed(SEED)
    drawn = [
        torch.randn(shape, generator=generator) * scale + scale / 3
        for shape in ODD_SHAPES
        for scale in SCALES
    ]
    tensors = [*(torch.as_tensor(values) for values in weights), *drawn]
    return tensors, [torch.randn(values.shape, generator=generator) for values in tensors]


def hash_value(value: Any) -> bytes:
    """Hash a value of a worker: kinds, dtypes, shapes and bytes; equal digests mean equal to the bit.

    Args:
        value: Anything that a worker returned.

    Examples:
        >>> hash_value([np.zeros(2)]) == hash_value([np.zeros(2)])
        True
        >>> hash_value(np.zeros(2)) == hash_value(np.zeros(2, dtype=np.float32))
        False
        >>> hash_value(0.0) == hash_value(-0.0)
        False
    """
    digest = hashlib.sha256()
    _feed(digest, value)
    return digest.digest()


def _feed(digest: Any, value: Any) -> None:
    if isinstance(value, torch.Tensor):
        kind, content = "tensor", value.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
        digest.update(f"{kind} {value.dtype} {tuple(value.shape)};".encode() + content)
    elif isinstance(value, np.ndarray):
        digest.update(f"array {value.dtype.str} {value.shape};".encode() + value.tobytes())
    elif isinstance(value, dict):
        digest.update(f"dict {len(value)};".encode())
        for key in sorted(value, key=repr):
            _feed(digest, key)
            _feed(digest, value[key])
    elif isinstance(value, list | tuple):
        digest.update(f"{type(value).__name__} {len(value)};".encode())
        for entry in value:
            _feed(digest, entry)
    else:
        shown = repr(value) if isinstance(value, str | bytes | int | float | None) else ""
        digest.update(f"{type(value).__name__} {len(shown)} {shown};".encode())
