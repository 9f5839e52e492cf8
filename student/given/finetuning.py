"""Finetuning a quantized ResNet-20 by the assignment's protocol: resumable, the best epoch kept."""

import contextlib
import hashlib
import json
import pickle
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple

import torch

from .augmentation import ResidentImages
from .errors import CheckpointError, QuantizerError, TrainingError
from .evaluation import evaluate_states
from .pretrained import describe_damage, hash_state
from .quantized_state import build_network, quantize_network
from .training import Recipe, Trainer
from .user_cache import write_whole

# In the messages of PyTorch when tensors of two devices meet, or NumPy is given a CUDA tensor.
DEVICE_MISTAKES = (
    "same device",
    "device type tensor to numpy",
    "compiled with CUDA",
    "No CUDA GPUs",
    "NVIDIA driver",
)


class Progress(NamedTuple):
    """How far a run is.

    Attributes:
        epoch: The current epoch, from 1.
        epochs: The number of epochs.
        step: Steps done in this epoch.
        steps: Steps of an epoch.
        test_accuracy: The last test accuracy, or None before the first.
        best_accuracy: The highest test accuracy so far, or None.
        seconds_left: An estimate for the whole run, or None before the first step.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    test_accuracy: float | None
    best_accuracy: float | None
    seconds_left: float | None


@dataclass
class RunResult:
    """What a training run gave.

    Attributes:
        bits: Bits of the three stages, or None.
        recipe: The `Recipe` as a dict.
        history: For each epoch ``epoch`` (from 1), ``loss`` (mean over the epoch),
            ``test_accuracy`` and ``seconds``.
        start_accuracy: Test accuracy before the first step.
        best_accuracy: The highest test accuracy after an epoch.
        best_state: The floating-point weights of that epoch, a state dict on the CPU.
        final_state: Those of the last epoch.
        device: Where it ran.
        capture_failure: Why no CUDA graph was used, or empty.
    """

    bits: object
    recipe: dict
    start_accuracy: float
    history: list = field(default_factory=list)
    best_accuracy: float | None = None
    best_state: dict | None = None
    final_state: dict | None = None
    device: str = "cpu"
    capture_failure: str = ""

    def summarize(self):
        """Return everything but the weights, fit for JSON."""
        return {name: value for name, value in vars(self).items() if not name.endswith("_state")}


@dataclass
class Run:
    """A finetune, or a training in floating point, that can be stopped and resumed after any epoch.

    Attributes:
        state: The state dict to start from.
        bits: Bits of the stages: None, an int or three of them.
        layers: What provides ``FP_Conv``, ``FP_Linear`` and ``STE``.
        dataset: The `given.datasets.ImageSet`.
        recipe: The `given.training.Recipe`.
        device: A `torch.device`.
        precision: ``"float32"``, ``"tf32"`` or ``"bfloat16"``.
        checkpoint: Where the run is kept after each epoch; nowhere when None. A run that has
            ended is not repeated: its result is read from there.
        on_progress: Called with a `Progress` after each step and each test.
        training_images: The training images resident on the device, where several runs share
            them.
        test_images: The test images, likewise.
    """

    state: dict
    bits: object
    layers: object
    dataset: object
    recipe: Recipe
    device: object = "cpu"
    precision: str = "float32"
    checkpoint: Path | None = None
    on_progress: Callable | None = None
    training_images: ResidentImages | None = None
    test_images: ResidentImages | None = None

    def execute(self):
        """Train, test after each epoch and keep the best.

        Returns:
            A `RunResult`.

        Raises:
            TrainingError: The loss is not finite or the memory is used up; the epochs before are kept.
            QuantizerError: The quantizer fails on this device, or returns no weight.
            CheckpointError: The checkpoint is of another run.
        """
        stored = self._load()
        if stored and stored["done"]:
            return stored["result"]
        with _naming_device_mistakes(self.device):
            return self._train(stored)

    def _train(self, stored):
        torch.manual_seed(self.recipe.seed)
        training = self.training_images or ResidentImages(self.dataset.train, self.device)
        testing = self.test_images or ResidentImages(self.dataset.test, self.device)
        net = build_network(self.state, self.bits, self.layers, self.device)
        trainer = Trainer(net, training, self.recipe, self.precision)
        if stored:
            result = stored["result"]
            net.load_state_dict(stored["net"])
            trainer.optimizer.load_state_dict(stored["optimizer"])
        else:
            start = self._test(net, testing)
            result = RunResult(self.bits, asdict(self.recipe), start, device=str(self.device))
        for epoch in range(len(result.history), self.recipe.epochs):
            began = time.monotonic()
            report = self._make_reporter(result, epoch, trainer.steps_per_epoch)
            loss = trainer.train_epoch(epoch, report)
            accuracy = self._test(net, testing)
            self._record(result, net, epoch, loss, accuracy, time.monotonic() - began)
            result.capture_failure = trainer.capture_failure
            self._store(result, net, trainer.optimizer)
            report(trainer.steps_per_epoch)
        result.final_state = _copy_state(net)
        if result.best_state is None:
            raise TrainingError(f"found {self.recipe.epochs} epochs, expected at least 1")
        return result

    def _test(self, net, images):
        net.eval()
        (accuracy,) = evaluate_states([quantize_network(net, self.layers)], images)
        return accuracy

    def _record(self, result, net, epoch, loss, accuracy, seconds):
        result.history.append(
            {"epoch": epoch + 1, "loss": loss, "test_accuracy": accuracy, "seconds": round(seconds, 3)}
        )
        if result.best_accuracy is None or accuracy > result.best_accuracy:
            result.best_accuracy, result.best_state = accuracy, _copy_state(net)

    def _make_reporter(self, result, epoch, steps):
        began = time.monotonic()
        last = result.history[-1] if result.history else None

        def report(step):
            if self.on_progress is None:
                return
            done = result.history[-1] if result.history else last
            per_epoch = last["seconds"] if last else (time.monotonic() - began) / step * steps
            left = per_epoch * (self.recipe.epochs - epoch - step / steps)
            accuracy = done["test_accuracy"] if done else None
            self.on_progress(
                Progress(epoch + 1, self.recipe.epochs, step, steps, accuracy, result.best_accuracy, left)
            )

        return report

    def _identify(self):
        """Return what a stored run must agree with to be resumed."""
        what = {
            "weights": hash_state(self.state),
            "bits": self.bits,
            "data": self.dataset.digest,
            "count": [len(self.dataset.train), len(self.dataset.test)],
            "recipe": asdict(self.recipe),
            "precision": self.precision,
        }
        return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()

    def _store(self, result, net, optimizer):
        if self.checkpoint is None:
            return
        stored = {
            "identity": self._identify(),
            "result": vars(result) | {"final_state": None},
            "net": _copy_state(net),
            "optimizer": optimizer.state_dict(),
        }
        write_whole(self.checkpoint, lambda file: torch.save(stored, file))

    def _load(self):
        if self.checkpoint is None or not Path(self.checkpoint).exists():
            return None
        try:
            stored = torch.load(self.checkpoint, map_location="cpu", weights_only=True)
            result = RunResult(**stored["result"])
        except (pickle.UnpicklingError, RuntimeError, EOFError, OSError, KeyError, TypeError) as error:
            raise CheckpointError(
                f"{self.checkpoint}: not a readable checkpoint: {describe_damage(error)}",
                hint="delete it to start this run again",
            ) from error
        if stored["identity"] != self._identify():
            raise CheckpointError(
                f"{self.checkpoint}: belongs to a run with other weights, data or recipe",
                hint="give another folder, or delete it to start this run again",
            )
        done = len(result.history) >= self.recipe.epochs
        if done:
            result.final_state = stored["net"]
        return stored | {"result": result, "done": done}


def _copy_state(net):
    return {name: value.detach().cpu().clone() for name, value in net.state_dict().items()}


@contextlib.contextmanager
def _naming_device_mistakes(device):
    """Say what a quantizer that works on one device only does wrong on the other."""
    try:
        yield
    except (RuntimeError, TypeError, AssertionError) as error:
        message = (str(error).splitlines() or [""])[0]
        if not any(words in message for words in DEVICE_MISTAKES):
            raise
        raise QuantizerError(
            f"the quantizer does not run on {device}: {message}",
            hint="compute with torch functions on w itself, without .cuda(), .cpu() or .numpy()",
        ) from error
