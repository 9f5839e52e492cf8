"""The experiments of Lab 2(b) to (e) with a student's layers: resumable, results as plain data."""

import contextlib
import json
import platform
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from .augmentation import ResidentImages
from .errors import Lab2Error
from .evaluation import evaluate_states
from .finetuning import Run
from .pretrained import hash_state
from .problem import load_assignment
from .quantized_state import quantize_state
from .resnet20 import ResNetCIFAR
from .tradeoff import Tradeoff, average_table, find_pareto_front, tabulate_precision
from .training import Recipe
from .user_cache import write_whole

RESULTS_NAME = "lab2_results.json"
SCHEMA_VERSION = 1
COURSE_RECIPE = Recipe()


@dataclass(frozen=True)
class Evaluation:
    """An accuracy without finetuning, reported as ``name`` under ``item``."""

    item: str
    name: str
    bits: object


@dataclass(frozen=True)
class Finetune:
    """The highest accuracy of a finetune, reported as ``name`` under ``item``."""

    item: str
    name: str
    bits: object
    epochs: int

    @property
    def key(self):
        """The experiment in results and file names, such as ``"lab2.c.bits_4"``."""
        return f"{self.item}.{self.name}"


def name_scheme(bits):
    """Return the name of a scheme in answers: ``"float"``, ``"bits_4"`` or ``"442"``.

    Examples:
        >>> name_scheme(None), name_scheme(4), name_scheme((4, 4, 2))
        ('float', 'bits_4', '442')
    """
    if bits is None:
        return "float"
    return f"bits_{bits}" if isinstance(bits, int) else "".join(map(str, bits))


def list_evaluations(assignment):
    """List the accuracies without finetuning of (b) and (d).

    Examples:
        >>> [evaluation.name for evaluation in list_evaluations(load_assignment())]
        ['float', 'bits_6', 'bits_5', 'bits_4', 'bits_3', 'bits_2', 'before_442', 'before_424', 'before_244']
    """
    uniform = [Evaluation("lab2.b", name_scheme(bits), bits) for bits in (None, *assignment.bits)]
    mixed = [Evaluation("lab2.d", f"before_{name_scheme(bits)}", bits) for bits in assignment.mixed_schemes]
    return uniform + mixed


def list_finetunes(assignment):
    """List the finetunes of (c) and (d).

    Examples:
        >>> [(finetune.name, finetune.epochs) for finetune in list_finetunes(load_assignment())][2:4]
        [('bits_2', 20), ('after_442', 10)]
    """
    uniform = [
        Finetune("lab2.c", name_scheme(bits), bits, epochs)
        for bits, epochs in assignment.finetune_epochs.items()
    ]
    mixed = [
        Finetune("lab2.d", f"after_{name_scheme(bits)}", bits, assignment.mixed_epochs)
        for bits in assignment.mixed_schemes
    ]
    return uniform + mixed


@dataclass
class Lab2Experiments:
    """All experiments of Lab 2, with a student's layers, on one image set from one set of weights.

    Attributes:
        layers: What provides ``FP_Conv``, ``FP_Linear``, ``STE`` and ``avg_precision``.
        dataset: The `given.datasets.ImageSet`.
        state: The floating-point weights to start from.
        folder: Where results and unfinished runs are kept; one folder for one set of weights and
            images.
        device: A `torch.device`.
        precision: ``"float32"``, ``"tf32"`` or ``"bfloat16"``.
        recipe: The `given.training.Recipe`; its epochs come from the assignment.
        epochs: Epochs of every finetune instead of the assignment's, for a quick look.
        only: Names of the finetunes to run, such as ``("bits_2", "after_442")``; all when None.
        on_progress: Called with the key of a finetune and a `given.finetuning.Progress`.
        on_result: Called with an item, a name and a value as soon as it is known.
        on_run: Called with the results so far when a finetune has ended.
    """

    layers: object
    dataset: object
    state: dict
    folder: Path
    device: object = "cpu"
    precision: str = "float32"
    recipe: Recipe = COURSE_RECIPE
    epochs: int | None = None
    only: tuple | None = None
    on_progress: object = None
    on_result: object = None
    on_run: object = None

    def run(self, *, finetune=True):
        """Run what has not been run.

        An experiment that fails is reported under ``"errors"`` and the others go on.

        Args:
            finetune: Whether to finetune; without, the tables of (c) and (d) stay incomplete.

        Returns:
            Plain data, as in ``lab2_results.json``: ``"answers"`` in the layout of
            ``answers.toml`` (``{"lab2.b": {"float": 0.95, ...}, ...}``), ``"runs"`` (recipe and
            per-epoch history of each finetune), ``"tables"`` (weights and bits of each layer by
            scheme), ``"tradeoff"`` (average precision and accuracies by scheme, Pareto fronts),
            ``"errors"`` (in words), and ``"data"``, ``"weights"``, ``"machine"``.
        """
        assignment = load_assignment()
        results = self._describe()
        self._evaluate(assignment, results)
        self._average(assignment, results)
        self._save(results)
        if finetune:
            self._finetune(assignment, results)
        results["tradeoff"] = self._weigh(assignment, results)
        self._save(results)
        return results

    def _describe(self):
        data = {"name": self.dataset.name, "sha256": self.dataset.digest}
        counts = {"train": len(self.dataset.train), "test": len(self.dataset.test)}
        machine = {"device": str(self.device), "torch": torch.__version__, "platform": platform.machine()}
        if torch.device(self.device).type == "cuda":
            machine["gpu"] = torch.cuda.get_device_name(self.device)
        return {
            "schema_version": SCHEMA_VERSION,
            "data": data | counts,
            "weights": {"sha256": hash_state(self.state)},
            "machine": machine | {"precision": self.precision},
            "seed": self.recipe.seed,
            "epochs": self.epochs,
            "answers": {"lab2.b": {}, "lab2.c": {}, "lab2.d": {}, "lab2.e": {}},
            "runs": {},
            "tables": {},
            "tradeoff": {},
            "errors": {},
        }

    def _report(self, results, item, name, value):
        results["answers"][item][name] = value
        if self.on_result:
            self.on_result(item, name, value)

    def _evaluate(self, assignment, results):
        wanted, states = [], []
        for evaluation in list_evaluations(assignment):
            with _noting(results, f"{evaluation.item}.{evaluation.name}"):
                states.append(quantize_state(self.state, evaluation.bits, self.layers))
                wanted.append(evaluation)
        if not wanted:
            return
        images = ResidentImages(self.dataset.test, self.device)
        for evaluation, accuracy in zip(wanted, evaluate_states(states, images), strict=True):
            self._report(results, evaluation.item, evaluation.name, accuracy)

    def _average(self, assignment, results):
        for bits in assignment.mixed_schemes:
            scheme = name_scheme(bits)
            with _noting(results, f"lab2.e.average_{scheme}"):
                results["tables"][scheme] = [list(row) for row in tabulate_precision(bits, self.layers)]
                net = ResNetCIFAR(num_layers=20, Nbits=bits, layers=self.layers)
                self._report(results, "lab2.e", f"average_{scheme}", float(self.layers.avg_precision(net)))

    def _finetune(self, assignment, results):
        training = ResidentImages(self.dataset.train, self.device)
        testing = ResidentImages(self.dataset.test, self.device)
        for finetune in sorted(list_finetunes(assignment), key=lambda found: found.epochs):
            if self.only is not None and finetune.name not in self.only:
                continue
            epochs = finetune.epochs if self.epochs is None else self.epochs
            recipe = replace(self.recipe, epochs=epochs)
            with _noting(results, finetune.key):
                run = Run(
                    self.state,
                    finetune.bits,
                    self.layers,
                    self.dataset,
                    recipe,
                    self.device,
                    self.precision,
                    Path(self.folder) / f"{finetune.key}-{epochs}-epochs.run",
                    self._make_reporter(finetune.key),
                    training,
                    testing,
                )
                result = run.execute()
                results["runs"][finetune.key] = result.summarize()
                self._report(results, finetune.item, finetune.name, result.best_accuracy)
                if self.on_run:
                    self.on_run(results)
            self._save(results)

    def _make_reporter(self, key):
        if self.on_progress is None:
            return None
        return lambda progress: self.on_progress(key, progress)

    def _weigh(self, assignment, results):
        """Set accuracy against average precision, before and after finetuning."""
        answers, points = results["answers"], {"before": [], "after": []}
        for bits in (None, *assignment.bits, *assignment.mixed_schemes):
            scheme, mixed = name_scheme(bits), isinstance(bits, tuple)
            average = average_table(tabulate_precision(bits, self.layers))
            before = answers["lab2.d" if mixed else "lab2.b"].get(f"before_{scheme}" if mixed else scheme)
            after = answers["lab2.d" if mixed else "lab2.c"].get(f"after_{scheme}" if mixed else scheme)
            for when, accuracy in (("before", before), ("after", after)):
                if accuracy is not None:
                    points[when].append(Tradeoff(scheme, average, accuracy))
        return {
            when: {"points": [p._asdict() for p in found], "pareto_front": find_pareto_front(found)}
            for when, found in points.items()
        }

    def _save(self, results):
        text = json.dumps(results, indent=1).encode()
        write_whole(Path(self.folder) / RESULTS_NAME, lambda file: file.write(text))


@contextlib.contextmanager
def _noting(results, key):
    """Note an exception under ``"errors"`` and go on."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  # a student's code may raise anything
        known = isinstance(error, Lab2Error)
        results["errors"][key] = str(error) if known else f"{type(error).__name__}: {error}"
