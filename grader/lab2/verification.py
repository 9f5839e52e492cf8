"""Everything that is verified about Lab 2, for one set of images and weights."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

import reference.FP_layers
from grader.errors import UsageError
from grader.lab2.accuracies import AccuracyCache, measure_accuracies
from grader.lab2.bands import PROTOCOL, Band, find_band, read_bands
from grader.lab2.claims import (
    ClaimVerdict,
    Measurements,
    Place,
    Verdict,
    recognize_table,
    verify_accuracies,
)
from grader.lab2.conclusions import verify_average, verify_conclusion
from grader.lab2.known_tables import KNOWN_TABLES, read_mistakes
from grader.lab2.reference_states import judge_step, load_reference_states
from grader.lab2.short_finetune import (
    PIECE,
    ShortFinetune,
    draw_short_batches,
    judge_short_finetune,
    train_in_pieces,
)
from grader.lab2.statistics import StepStatistics
from grader.lab2.threads import use_one_thread
from student.given.augmentation import ResidentImages
from student.given.datasets import EMBEDDED, load_dataset
from student.given.errors import Lab2Error
from student.given.lab2_experiments import list_evaluations, list_finetunes
from student.given.pretrained import (
    CIFAR10_WEIGHTS,
    hash_state,
    load_cifar10_weights,
    load_embedded_weights,
    load_weights,
)
from student.given.problem import load_assignment
from student.given.quantized_state import quantize_state
from student.given.short_training import train_steps
from student.given.user_cache import find_cache_folder

# A session's probe: its name, then keyword arguments; it raises what the session raises.
Probe = Callable[..., Any]


@dataclass
class Lab2Verification:
    """The images and weights of a grading, and what the reference does with them.

    Attributes:
        dataset: The `student.given.datasets.ImageSet`.
        state: The floating-point weights.
        described: Both in words, for reports.
        cache_folder: Where accuracies and reference states are kept.
    """

    dataset: Any
    state: Mapping[str, torch.Tensor]
    described: str
    cache_folder: Path
    _reference_weights: dict[tuple[int, int], dict[str, Any]] = field(default_factory=dict)
    _quantized: dict[Any, Mapping[str, torch.Tensor]] = field(default_factory=dict)
    _reference_losses: dict[tuple[str, int], Any] = field(default_factory=dict)

    @classmethod
    def open(
        cls,
        data: str = EMBEDDED,
        weights: Path | None = None,
        notify: Callable[[str], None] | None = None,
        cache_folder: Path | None = None,
    ) -> Lab2Verification:
        """Load images and weights.

        Args:
            data: ``"embedded"``, ``"cifar10"`` or the path of a folder or archive.
            weights: A checkpoint; by default the shipped one for the images.
            notify: Called with a line of text when something takes more than a moment.
            cache_folder: The user's cache folder when None.

        Raises:
            UsageError: The images or the weights cannot be had.
        """
        folder = cache_folder or find_cache_folder()
        try:
            dataset = load_dataset(data, folder, notify)
            if weights is not None:
                state, whose = load_weights(weights), f"the weights {Path(weights).name}"
            elif dataset.name == EMBEDDED:
                state, whose = load_embedded_weights(), "the shipped weights"
            elif CIFAR10_WEIGHTS.exists():
                state, whose = load_cifar10_weights(), "the shipped weights for CIFAR-10"
            else:
                raise UsageError(
                    f"no weights for {dataset.name} are shipped, expected --weights",
                    hint="--weights pretrained_model.pt uses the checkpoint of HW4.zip",
                )
        except Lab2Error as error:
            raise UsageError(error.message, hint=error.hint) from error
        images = "the embedded images" if dataset.name == EMBEDDED else f"the images {dataset.name}"
        return cls(dataset, state, f"{images} with {whose}", folder)

    @property
    def schemes(self) -> dict[str, Any]:
        """The precision of each accuracy without finetuning, by its name in answers."""
        return {found.name: found.bits for found in list_evaluations(load_assignment())}

    @property
    def finetuned_schemes(self) -> dict[str, Any]:
        """The precision of each finetuned accuracy, by its name in answers."""
        return {found.name: found.bits for found in list_finetunes(load_assignment())}

    @property
    def mixed_schemes(self) -> dict[str, tuple[int, int, int]]:
        """The mixed precisions by name, such as ``"442"``."""
        return dict(load_assignment().mixed_by_name)

    def find_band(self, name: str, budget: str) -> Band | None:
        """Find the band of a finetune; None where none was measured on these images and weights."""
        return find_band(
            read_bands(), self.dataset.digest, hash_state(self.state), budget, name.removeprefix("after_")
        )

    def find_right_accuracy(self, name: str) -> float:
        """Find what a right quantizer reaches without finetuning.

        Args:
            name: The name of the accuracy, or that of a finetune, such as ``"after_442"``.

        Returns:
            The test accuracy.
        """
        scheme = name.replace("after_", "before_")
        cache = AccuracyCache.open(self.cache_folder / "accuracies.json")
        return cache.evaluate([self._quantize(self.schemes[scheme])], self.dataset)[0]

    def measure(self, probe: Probe, device: Any = "cpu") -> Measurements:
        """Measure what a student's quantizer gives without finetuning.

        Args:
            probe: A session's probe.
            device: Where to evaluate weights that differ from the reference's.

        Returns:
            Everything that reported accuracies are set against.

        Raises:
            Exception: What the session raises for faults of the student's code.
        """
        schemes = self.schemes
        quantized = probe("quantize_networks", state=self.as_arrays(), schemes=schemes)
        cache = AccuracyCache.open(self.cache_folder / "accuracies.json")
        quantized = quantized if isinstance(quantized, Mapping) else {}
        own = {name: self._quantize(bits) for name, bits in schemes.items()}
        accuracies = measure_accuracies(quantized, schemes, self.state, self.dataset, cache, device, own)
        right = dict(zip(own, cache.evaluate(list(own.values()), self.dataset, device), strict=True))
        return Measurements(
            self.described,
            accuracies,
            right,
            {name: self.find_band(name, PROTOCOL) for name in self.finetuned_schemes},
            read_mistakes(self.dataset.digest, hash_state(self.state)),
            KNOWN_TABLES,
        )

    def take_reference_steps(
        self, probe: Probe, after_steps: tuple[int, ...] = (0, 5), deadline: float = math.inf
    ) -> list[tuple[int, int, StepStatistics]]:
        """Take single training steps with a student's layers from the reference's states.

        Args:
            probe: A session's probe.
            after_steps: After how many steps of the reference.
            deadline: When to stop, in the time of ``time.monotonic``.

        Returns:
            For each state that was reached in time the bits, the reference's steps before it, and the
            `StepStatistics`.

        Raises:
            Exception: What the session raises for faults of the student's code.
        """
        with use_one_thread():
            states = load_reference_states(
                self.cache_folder, self.state, self.dataset, after_steps=after_steps
            )
        found = []
        for state in states:
            if time.monotonic() > deadline:
                break
            key = (state.bits, state.after)
            if key not in self._reference_weights:
                self._reference_weights[key] = state.quantize()
            arguments = state.as_arguments()
            got = probe("train_steps", bits=arguments.pop("Nbits"), **arguments)
            with use_one_thread():
                found.append((*key, judge_step(state, got, self._reference_weights[key])))
        return found

    def finetune_shortly(
        self,
        probe: Probe,
        names: tuple[str, ...],
        seed: int = 0,
        deadline: float = math.inf,
        piece_steps: int = PIECE,
    ) -> list[ShortFinetune]:
        """Finetune for a few dozen steps with a student's layers and evaluate the weights.

        Args:
            probe: A session's probe.
            names: Which finetunes, such as ``"bits_3"`` and ``"after_442"``.
            seed: Seed of the batches.
            deadline: When to stop, in the time of ``time.monotonic``.
            piece_steps: Steps that the worker takes at a time.

        Returns:
            What each reached; `find_band` tells what the reference does with this budget.

        Raises:
            Exception: What the session raises for faults of the student's code.
        """
        images, labels = draw_short_batches(self.dataset, seed)
        test = ResidentImages(self.dataset.test, "cpu")
        found = []
        for name in names:
            bits = self.finetuned_schemes[name]
            if (name, seed) not in self._reference_losses:
                with use_one_thread():
                    first = train_steps(reference.FP_layers, self.as_arrays(), bits, images[:3], labels[:3])
                self._reference_losses[name, seed] = first["losses"]
            trained = train_in_pieces(probe, self.as_arrays(), bits, images, labels, deadline, piece_steps)
            found.append(judge_short_finetune(name, bits, trained, self._reference_losses[name, seed], test))
        return found

    def verify(
        self, answers: Mapping[Place, Any], measured: Measurements, data: str | None = None
    ) -> dict[Place, ClaimVerdict]:
        """Set everything that a student reports for Lab 2 against what was measured.

        Args:
            answers: Values by item and key, as `student.given.answers.Answers.values`.
            measured: What `measure` returned.
            data: The images that the student's results name; when None those that their floating-point
                accuracy shows, else the grader's.

        Returns:
            A verdict for each value that was reported.
        """
        numbers = {
            place: float(value)
            for place, value in answers.items()
            if place[0] in {"lab2.b", "lab2.c", "lab2.d"} and isinstance(value, int | float)
        }
        verdicts = verify_accuracies(numbers, measured)
        for place, value in answers.items():
            if place[0] == "lab2.e" and isinstance(value, int | float):
                verdicts[place] = verify_average(place[1], float(value), self.mixed_schemes)
        verified = {
            scheme: numbers["lab2.d", f"after_{scheme}"]
            for scheme in self.mixed_schemes
            if ("lab2.d", f"after_{scheme}") in numbers
            and verdicts["lab2.d", f"after_{scheme}"].verdict is Verdict.MATCHES
        }
        other = recognize_table(numbers, measured)
        bands = {scheme: measured.bands.get(f"after_{scheme}") for scheme in self.mixed_schemes}
        means = {scheme: band.mean for scheme, band in bands.items() if band is not None}
        scheme, stage = (str(answers.get(("lab2.f", key)) or "") for key in ("scheme", "stage"))
        return verdicts | verify_conclusion(
            scheme,
            stage,
            data or (other.described if other else self.dataset.name),
            verified,
            self.mixed_schemes,
            {} if other else means,
        )

    def as_arrays(self) -> dict[str, Any]:
        """Return the floating-point weights as a worker takes them."""
        return {name: value.numpy() for name, value in self.state.items()}

    def _quantize(self, bits: Any) -> Mapping[str, torch.Tensor]:
        if bits not in self._quantized:
            self._quantized[bits] = dict(quantize_state(self.state, bits, reference.FP_layers))
        return self._quantized[bits]
