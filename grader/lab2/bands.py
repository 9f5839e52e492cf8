"""Bands of finetuned accuracies, from runs whose figures are stored with their provenance."""

from __future__ import annotations

import contextlib
import fcntl
import json
import math
import os
import statistics
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from student.given.user_cache import write_whole

BANDS = Path(__file__).with_name("bands.json")
PROTOCOL = "protocol"
SHORT = "40 steps of 128"
SCHEMA_VERSION = 1
LEAST_HALF_WIDTH = 0.01


@dataclass(frozen=True)
class Band:
    """The best test accuracies of several runs of the reference, and what may be expected of another.

    Attributes:
        data: Name of the image set.
        data_sha256: Its digest.
        weights_sha256: Hash of the weights that were finetuned.
        budget: ``"protocol"`` (the assignment's epochs) or ``"40 steps of 128"``.
        scheme: ``"bits_4"``, ..., ``"442"``.
        test_images: Number of test images.
        accuracies: Best test accuracy by seed.
        machine: Device, precision and PyTorch version; several where the runs had several.
    """

    data: str
    data_sha256: str
    weights_sha256: str
    budget: str
    scheme: str
    test_images: int
    accuracies: Mapping[str, float]
    machine: Mapping[str, str]

    @property
    def n(self) -> int:
        """The number of runs."""
        return len(self.accuracies)

    @property
    def mean(self) -> float:
        """Their mean accuracy."""
        return statistics.fmean(self.accuracies.values())

    @property
    def sd(self) -> float | None:
        """Their standard deviation; None for one run."""
        return statistics.stdev(self.accuracies.values()) if self.n > 1 else None

    @property
    def half_width(self) -> float:
        """How far another run may lie from the mean.

        The largest of 4 standard deviations, 3 binomial standard errors of the test set (another
        run errs on other images), and 0.01.

        Examples:
            >>> band = Band("set", "", "", "protocol", "442", 10000, {"0": 0.89, "1": 0.892}, {})
            >>> round(band.mean, 3), round(band.half_width, 3)
            (0.891, 0.01)
        """
        error = math.sqrt(self.mean * (1 - self.mean) / self.test_images)
        return max(4 * (self.sd or 0.0), 3 * error, LEAST_HALF_WIDTH)

    @property
    def low(self) -> float:
        """The lower end."""
        return self.mean - self.half_width

    @property
    def high(self) -> float:
        """The upper end."""
        return self.mean + self.half_width

    def holds(self, accuracy: float) -> bool:
        """Tell whether an accuracy lies in the band."""
        return self.low <= accuracy <= self.high

    def describe(self) -> str:
        """Say what was measured."""
        spread = f", standard deviation {self.sd:.4f}" if self.sd is not None else ""
        return (
            f"{self.low:.4f} to {self.high:.4f} (mean {self.mean:.4f}{spread}, n = {self.n}, "
            f"{self.test_images} test images)"
        )


def read_bands(path: Path = BANDS) -> list[Band]:
    """Read the stored bands.

    Args:
        path: A JSON file written by `add_bands`.

    Returns:
        The bands; none where there is no such file.
    """
    if not path.exists():
        return []
    return [Band(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))["bands"]]


def find_band(
    bands: list[Band], data_sha256: str, weights_sha256: str, budget: str, scheme: str
) -> Band | None:
    """Find the band of a scheme, for these images, weights and budget; None where none was measured."""
    wanted = (data_sha256, weights_sha256, budget, scheme)
    for band in bands:
        if (band.data_sha256, band.weights_sha256, band.budget, band.scheme) == wanted:
            return band
    return None


def add_bands(new: list[Band], path: Path = BANDS) -> list[Band]:
    """Add runs to the stored bands: a seed that is there already is replaced.

    Several processes may add at once, each another finetune.

    Args:
        new: Bands of new runs.
        path: The JSON file; made where it is missing.

    Returns:
        All bands.
    """
    with _alone_in(path.parent):
        bands = read_bands(path)
        for band in new:
            old = find_band(bands, band.data_sha256, band.weights_sha256, band.budget, band.scheme)
            if old is not None:
                bands.remove(old)
            bands.append(_unite(old, band) if old else band)
        bands.sort(key=lambda band: (band.data, band.budget, band.scheme))
        found = {"schema_version": SCHEMA_VERSION, "bands": [asdict(band) for band in bands]}
        text = json.dumps(found, indent=1) + "\n"
        write_whole(path, lambda file: file.write(text.encode()))
    return bands


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: the file itself is replaced at each write and cannot carry one."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _unite(old: Band, new: Band) -> Band:
    """Put the runs of two bands together, and name every machine that they ran on."""
    machine = {
        name: ", ".join(dict.fromkeys([*old.machine.get(name, "").split(", "), value]))
        for name, value in new.machine.items()
    }
    return replace(new, accuracies=dict(old.accuracies) | dict(new.accuracies), machine=machine)


def list_protocol_bands(results: Mapping[str, Any]) -> list[Band]:
    """Turn the results of the experiments, run in full with the reference, into bands of one run each.

    Args:
        results: What `student.given.lab2_experiments.Lab2Experiments.run` returned.

    Returns:
        A band for each finetune.

    Raises:
        ValueError: The runs are not those of the assignment's epochs.
    """
    if results["epochs"] is not None or results["errors"]:
        raise ValueError("results: found shortened or failed runs, expected the assignment's epochs")
    return [
        Band(
            data=results["data"]["name"],
            data_sha256=results["data"]["sha256"],
            weights_sha256=results["weights"]["sha256"],
            budget=PROTOCOL,
            scheme=key.rpartition(".")[2].removeprefix("after_"),
            test_images=results["data"]["test"],
            accuracies={str(results["seed"]): run["best_accuracy"]},
            machine={name: results["machine"][name] for name in ("device", "precision", "torch")},
        )
        for key, run in results["runs"].items()
    ]
