"""A finetune by the assignment's protocol with a student's quantizer: the worker trains, we test.

It goes in pieces of a few steps. Weights, running statistics and momenta come back after each, so that a
worker that hangs or dies loses a piece, and a run that was stopped goes on.
"""

from __future__ import annotations

import hashlib
import json
import pickle
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from grader.lab2.short_finetune import find_problem, select_arrays
from student.given.augmentation import ResidentImages, choose_epoch, crop
from student.given.evaluation import evaluate_states
from student.given.finetuning import Progress
from student.given.pretrained import hash_state, list_expected_shapes
from student.given.training import Recipe
from student.given.user_cache import write_whole

KEPT = ["losses", "weights", "momenta"]
SECONDS_BETWEEN_CHECKPOINTS = 60.0
Probe = Callable[..., Any]


@dataclass
class FullFinetune:
    """One run, between two pieces of it.

    Attributes:
        name: The name of the precision.
        bits: The precision.
        state: The floating-point weights to start from, tensors.
        dataset: The `student.given.datasets.ImageSet`.
        recipe: The recipe, with the number of epochs and the seed.
        layers: The names of the fixed-point layers' weights.
        checkpoint: Where the run is kept.
        device: Where it trains, for the record.
        history: For each epoch ``epoch`` (from 1), ``loss``, ``test_accuracy`` and ``seconds``.
        start_accuracy: Test accuracy before the first step; None before it is known.
        best_accuracy: The highest test accuracy after an epoch.
        problem: Why the run cannot go on; empty while it can.
    """

    name: str
    bits: Any
    state: Mapping[str, torch.Tensor]
    dataset: Any
    recipe: Recipe
    layers: tuple[str, ...]
    checkpoint: Path | None = None
    device: str = "cpu"
    history: list[dict[str, Any]] = field(default_factory=list)
    start_accuracy: float | None = None
    best_accuracy: float | None = None
    problem: str = ""
    _step: int = 0
    _loss_sum: float = 0.0
    _seconds: float = 0.0
    _weights: dict[str, Any] = field(default_factory=dict)
    _momenta: dict[str, Any] = field(default_factory=dict)
    _stored_at: float = 0.0
    _test: ResidentImages | None = None

    def __post_init__(self) -> None:
        self._weights = {name: value.numpy() for name, value in self.state.items()}
        self._stored_at = time.monotonic()
        self._load()

    @property
    def is_done(self) -> bool:
        """Whether all epochs were trained and tested."""
        return len(self.history) >= int(self.recipe.epochs)

    @property
    def steps_per_epoch(self) -> int:
        """The number of steps of an epoch."""
        return -(-len(self.dataset.train) // int(self.recipe.batch_size))

    @property
    def position(self) -> tuple[int, int]:
        """Where it is: whole epochs, and steps of the next one."""
        return len(self.history), self._step

    @property
    def progress(self) -> Progress:
        """How far it is."""
        epoch = min(len(self.history) + 1, self.recipe.epochs)
        last = self.history[-1]["test_accuracy"] if self.history else None
        step = self.steps_per_epoch if self.is_done else self._step
        done = len(self.history) * self.steps_per_epoch + (0 if self.is_done else self._step)
        spent = sum(entry["seconds"] for entry in self.history) + self._seconds
        left = spent / done * (self.recipe.epochs * self.steps_per_epoch - done) if done else None
        return Progress(epoch, self.recipe.epochs, step, self.steps_per_epoch, last, self.best_accuracy, left)

    def summarize(self) -> dict[str, Any]:
        """Return what is to be kept of it, fit for JSON."""
        return {
            "scheme": self.name,
            "epochs": self.recipe.epochs,
            "seed": self.recipe.seed,
            "start_accuracy": self.start_accuracy,
            "best_accuracy": self.best_accuracy,
            "history": list(self.history),
            "device": self.device,
            "torch": torch.__version__,
            "problem": self.problem,
        }

    def take_piece(self, probe: Probe, piece_steps: int) -> None:
        """Do the next bit of work: some steps, or a test after an epoch.

        Where the session raises, nothing of the piece counts and the run is as it was before it.

        Args:
            probe: A session's probe.
            piece_steps: Steps that the worker takes at a time.

        Raises:
            Exception: What the session raises for faults of the student's code.
        """
        began = time.monotonic()
        if self.start_accuracy is None:
            self.start_accuracy = self._measure(probe)
        elif self._step < self.steps_per_epoch:
            self._train(probe, piece_steps)
        else:
            self._end_epoch(probe, began)
        self._seconds += time.monotonic() - began
        if time.monotonic() - self._stored_at > SECONDS_BETWEEN_CHECKPOINTS:
            self.store()

    def _train(self, probe: Probe, piece_steps: int) -> None:
        size, count = self.recipe.batch_size, len(self.dataset.train)
        whole = count // size
        steps = min(piece_steps, whole - self._step) if self._step < whole else 1
        choices = choose_epoch(count, self.recipe.seed, len(self.history))
        chosen = choices.take(self._step * size, (self._step + steps) * size)
        images = crop(self.dataset.train.images, chosen)
        got = probe(
            "train_steps",
            state=self._weights,
            bits=self.bits,
            images=images.view(steps, -1, *images.shape[1:]).numpy(),
            labels=self.dataset.train.labels[chosen.index].view(steps, -1).numpy(),
            momenta=self._momenta,
            keep=KEPT,
        )
        got = got if isinstance(got, Mapping) else {}
        losses, weights = got.get("losses"), got.get("weights")
        if not isinstance(losses, np.ndarray) or losses.shape != (steps,) or losses.dtype.kind != "f":
            self._give_up("the worker returned no losses")
        elif not np.isfinite(losses).all():
            self._give_up("the loss is not finite")
        elif (problem := find_problem(weights)) or weights is None:
            self._give_up(problem)
        else:
            self._weights |= {name: weights[name] for name in list_expected_shapes()}
            self._momenta = select_arrays(got.get("momenta"))
            self._loss_sum += float(losses.sum()) * (len(chosen.index) // steps)
            self._step += steps

    def _end_epoch(self, probe: Probe, began: float) -> None:
        accuracy = self._measure(probe)
        if accuracy is None:
            return
        self.history.append(
            {
                "epoch": len(self.history) + 1,
                "loss": self._loss_sum / len(self.dataset.train),
                "test_accuracy": accuracy,
                "seconds": round(self._seconds + time.monotonic() - began, 3),
            }
        )
        self.best_accuracy = max(accuracy, self.best_accuracy or 0.0)
        self._step, self._loss_sum, self._seconds = 0, 0.0, 0.0
        self.store()

    def _measure(self, probe: Probe) -> float | None:
        """Test the weights as the student's quantizer quantizes them; what came back is evaluated here."""
        found = probe("quantize_networks", state=self._weights, schemes={self.name: self.bits})
        quantized = found.get(self.name) if isinstance(found, Mapping) else None
        quantized = quantized if isinstance(quantized, Mapping) else None
        state = {name: torch.from_numpy(np.array(value)) for name, value in self._weights.items()}
        for name in self.layers:
            values = quantized.get(name) if quantized is not None else None
            if not isinstance(values, np.ndarray) or values.shape != tuple(state[name].shape):
                self._give_up(f"{name}: the quantizer returned no weights of its shape")
                return None
            if values.dtype.kind != "f" or not np.isfinite(values).all():
                self._give_up(f"{name}: the quantizer returned weights that are not finite")
                return None
            state[name] = torch.from_numpy(np.array(values, dtype=np.float32))
        if self._test is None:
            self._test = ResidentImages(self.dataset.test, "cpu")
        (accuracy,) = evaluate_states([state], self._test)
        return float(accuracy)

    def _give_up(self, why: str) -> None:
        self.problem = f"{why} (epoch {len(self.history) + 1} of {self.recipe.epochs})"

    def _identify(self) -> str:
        """Return what a stored run must agree with to be gone on with."""
        what = {
            "weights": hash_state(self.state),
            "bits": self.bits,
            "data": [self.dataset.digest, len(self.dataset.train), len(self.dataset.test)],
            "recipe": asdict(self.recipe),
        }
        return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()

    def store(self) -> None:
        """Keep the run as it is."""
        if self.checkpoint is None:
            return
        stored = {
            "identity": self._identify(),
            "history": self.history,
            "accuracies": [self.start_accuracy, self.best_accuracy],
            "position": [self._step, self._loss_sum, self._seconds],
            "weights": {name: torch.from_numpy(np.array(v)) for name, v in self._weights.items()},
            "momenta": {name: torch.from_numpy(np.array(v)) for name, v in self._momenta.items()},
        }
        write_whole(self.checkpoint, lambda file: torch.save(stored, file))
        self._stored_at = time.monotonic()

    def _load(self) -> None:
        """Go on from where the run was kept; one of something else, or damaged, is begun anew."""
        try:
            stored = (
                torch.load(self.checkpoint, map_location="cpu", weights_only=True) if self.checkpoint else {}
            )
            if stored.get("identity") != self._identify():
                return
            history, accuracies, position = (stored[key] for key in ("history", "accuracies", "position"))
            weights, momenta = (
                {name: value.numpy() for name, value in stored[key].items()} for key in ("weights", "momenta")
            )
        except (OSError, RuntimeError, EOFError, ValueError, KeyError, TypeError, pickle.UnpicklingError):
            return
        self.history, self._weights, self._momenta = list(history), weights, momenta
        self.start_accuracy, self.best_accuracy = accuracies
        self._step, self._loss_sum, self._seconds = position
