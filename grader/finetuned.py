"""Finetunes in full with students' quantizers: confined, resumable, one run for equal quantizers.

A run with the reference's equal is the reference's own, in this process; so no submission that pretends to
be it can spoil what others get. Nothing here gives or takes a point.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch

import reference.FP_layers
from grader.identified import Quantizer
from grader.lab2.bands import PROTOCOL
from grader.lab2.devices import describe_device_mistake
from grader.lab2.finetune_store import FinetuneStore, StoredRun, describe_run
from grader.lab2.full_finetune import FullFinetune
from grader.lab2.reference_states import list_layer_bits
from grader.lab2.verification import Lab2Verification
from grader.sandbox import Sandbox, Session
from grader.sandbox.device_queue import hold_device
from grader.sandbox.faults import StudentFault
from grader.sandbox.limits import DEVICE, FULL
from grader.submission import Assembly
from student.given.errors import Lab2Error
from student.given.finetuning import Progress, Run
from student.given.lab2_experiments import list_finetunes
from student.given.problem import load_assignment
from student.given.training import Recipe

# A worker's processor time is bounded over its life, and a device is handed on after this.
SECONDS_OF_A_SESSION = 40.0
# A piece that fails is tried once more in a fresh worker: a busy machine is not the student's fault.
TRIES = 2
CPU_PIECE, DEVICE_PIECE = 2, 20
PRECISION = "float32"
OF_THE_REFERENCE = "the reference"

Report = Callable[[str, Progress], None]


@dataclass(frozen=True)
class Measured:
    """What a finetune in full came to.

    Attributes:
        item: The rubric item.
        name: The value's name there, such as ``"bits_4"``.
        accuracy: The highest test accuracy; None where there is none.
        words: How it was measured, or why it was not.
        record: Everything that is known of it, fit for JSON; ``"code_of"`` names whose code was run.
    """

    item: str
    name: str
    accuracy: float | None
    words: str
    record: dict[str, Any]

    def describe(self, whose: str) -> str:
        """Say how it was measured, and whose code was run where that was another's.

        Args:
            whose: The submission that it stands beside.
        """
        code_of = self.record["code_of"]
        return self.words if code_of == whose else f"{self.words}; run with the equal code of {code_of}"


class FullFinetunes:
    """Runs finetunes in full, each once.

    Args:
        lab2: Images and weights.
        sandbox: Where submissions run.
        store: Where runs are kept.
        seed: Of order, crops and flips.
        seconds: What one finetune may take; what it has reached then is kept.
        report: Told how far each run is.
        say: Told in words what is waited for.

    Attributes:
        runs: How many runs were made, or gone on with.
    """

    def __init__(
        self,
        lab2: Lab2Verification,
        sandbox: Sandbox,
        store: FinetuneStore,
        *,
        seed: int = 0,
        seconds: float = 14400.0,
        report: Report | None = None,
        say: Callable[[str], None] | None = None,
    ) -> None:
        self.runs = 0
        self._lab2 = lab2
        self._sandbox = sandbox
        self._store = store
        self._seed = seed
        self._seconds = seconds
        self._report = report or (lambda _name, _progress: None)
        self._say = say or (lambda _words: None)
        self._finetunes = {found.name: found for found in list_finetunes(load_assignment())}

    @property
    def names(self) -> list[str]:
        """The finetunes of the assignment, the shortest first."""
        return [found.name for found in sorted(self._finetunes.values(), key=lambda found: found.epochs)]

    def measure(self, name: str, assembly: Assembly, quantizer: Quantizer, whose: str) -> Measured:
        """Finetune in full with a quantizer, unless an equal one was finetuned before.

        Args:
            name: Which finetune, such as ``"bits_4"`` and ``"after_442"``.
            assembly: The submission's code.
            quantizer: What `identify` said of it.
            whose: The submission.

        Returns:
            What it came to.

        Raises:
            StaffError: The grader or the machine failed; what was reached is kept.
        """
        finetune = self._finetunes[name]
        recipe = Recipe(epochs=finetune.epochs, seed=self._seed)
        if quantizer.is_reference and (stored := self._find_in_bands(name)):
            return stored
        device = "cuda" if self._sandbox.device.is_cuda else "cpu"
        lab2 = self._lab2
        run = describe_run(quantizer.fingerprint, finetune.bits, recipe, lab2.state, lab2.dataset, device)
        with self._store.hold(run, lambda: self._say(f"{name}: another command works on it")) as held:
            result = held.read()
            if result is None or result["problem"]:
                self.runs += 1
                if quantizer.is_reference:
                    result = self._run_reference(name, recipe, held, device)
                else:
                    result = self._run(name, recipe, held, assembly, device)
                result["code_of"] = OF_THE_REFERENCE if quantizer.is_reference else whose
                held.write(result)
        accuracy, epochs = result["best_accuracy"], len(result["history"])
        words = f"best of {epochs} epochs, seed {self._seed}, on {result['device']}"
        if result["problem"]:
            words = (
                f"{words}; not ended: {result['problem']}" if epochs else f"not ended: {result['problem']}"
            )
        return Measured(finetune.item, name, accuracy, words, result)

    def _find_in_bands(self, name: str) -> Measured | None:
        """Take what the reference reached before, where its run with this seed stands in the bands."""
        band = self._lab2.find_band(name, PROTOCOL)
        accuracy = band.accuracies.get(str(self._seed)) if band else None
        if band is None or accuracy is None or band.machine.get("precision", PRECISION) != PRECISION:
            return None
        where = f"seed {self._seed}, on {band.machine['device']}"
        words = f"stored, {where}"
        record = {"scheme": name, "best_accuracy": accuracy, "seed": self._seed, "code_of": OF_THE_REFERENCE}
        record |= {"history": [], "problem": "", **band.machine}
        return Measured(self._finetunes[name].item, name, accuracy, words, record)

    def _run_reference(self, name: str, recipe: Recipe, held: StoredRun, device: str) -> dict[str, Any]:
        lab2 = self._lab2
        run = Run(
            dict(lab2.state),
            self._finetunes[name].bits,
            reference.FP_layers,
            lab2.dataset,
            recipe,
            torch.device(device),
            checkpoint=held.checkpoint,
            on_progress=lambda progress: self._report(f"{name}, the reference", progress),
        )
        try:
            with self._hold_device(device):
                result = run.execute()
        except Lab2Error as error:
            return {"best_accuracy": None, "history": [], "device": device, "problem": error.message}
        summary: dict[str, Any] = result.summarize()
        return summary | {"scheme": name, "seed": recipe.seed, "problem": ""}

    def _run(
        self, name: str, recipe: Recipe, held: StoredRun, assembly: Assembly, device: str
    ) -> dict[str, Any]:
        lab2, needed = self._lab2, assembly.only("STE")
        run = FullFinetune(
            name,
            self._finetunes[name].bits,
            lab2.state,
            lab2.dataset,
            recipe,
            tuple(list_layer_bits(None)),
            held.checkpoint,
            self._sandbox.device.name or device,
        )
        end = time.monotonic() + self._seconds
        failures, failed_at = 0, run.position
        try:
            while not run.is_done and not run.problem:
                try:
                    self._serve(run, needed, device, end)
                except StudentFault as fault:
                    failures = failures + 1 if run.position == failed_at else 1
                    failed_at = run.position
                    if failures >= TRIES:
                        device_mistake = describe_device_mistake(fault.summary)
                        why = f"{device_mistake}: {fault.summary}" if device_mistake else fault.summary
                        run.problem = f"{why}, twice (epoch {len(run.history) + 1} of {recipe.epochs})"
                if not run.is_done and not run.problem and time.monotonic() > end:
                    run.problem = f"it took more than {self._seconds / 60:g} minutes"
        finally:
            run.store()  # also when it is stopped: the same command goes on
        return run.summarize()

    def _serve(self, run: FullFinetune, needed: Assembly, device: str, end: float) -> None:
        """Train in one worker until it is to be replaced."""
        piece, options = CPU_PIECE, {}
        if device != "cpu":
            piece = DEVICE_PIECE
            options = {"device": "cuda", "device_bytes": self._sandbox.training_limits[DEVICE].device_bytes}
        with self._hold_device(device), self._open(needed, FULL if device == "cpu" else DEVICE) as session:

            def probe(wanted: str, **arguments: Any) -> Any:
                return session.probe(wanted, **arguments, **(options if wanted == "train_steps" else {}))

            until = min(end, time.monotonic() + SECONDS_OF_A_SESSION)
            while not run.is_done and not run.problem:
                run.take_piece(probe, piece)
                self._report(run.name, run.progress)
                if time.monotonic() > until:
                    return

    @contextlib.contextmanager
    def _hold_device(self, device: str) -> Iterator[None]:
        if device == "cpu":
            yield
            return
        with hold_device(self._sandbox.device.uuid):
            yield

    def _open(self, needed: Assembly, kind: str) -> Session:
        seconds = self._sandbox.training_limits[kind].probe_seconds
        return self._sandbox.open_training_session(needed.as_wire(), seconds, kind)
