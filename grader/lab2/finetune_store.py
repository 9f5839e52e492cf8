"""Where finetunes in full are kept, so that equal ones are run once: by this command or by another."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from student.given.pretrained import hash_state
from student.given.training import Recipe
from student.given.user_cache import find_cache_folder, write_whole

RESULT, CHECKPOINT, LOCK = "result.json", "run.pt", "lock"


def describe_run(
    quantizer: str, bits: Any, recipe: Recipe, state: Mapping[str, torch.Tensor], dataset: Any, device: str
) -> dict[str, Any]:
    """Return everything that decides what a finetune comes to.

    Args:
        quantizer: The quantizer's fingerprint.
        bits: The precision.
        recipe: The recipe, with epochs and seed.
        state: The weights to start from.
        dataset: The `student.given.datasets.ImageSet`.
        device: ``"cpu"`` or ``"cuda"``: they add up in another order.
    """
    return {
        "quantizer": quantizer,
        "bits": bits,
        "recipe": asdict(recipe),
        "weights": hash_state(state),
        "data": [dataset.digest, len(dataset.train), len(dataset.test)],
        "device": device,
    }


@dataclass(frozen=True)
class FinetuneStore:
    """A folder of runs.

    Attributes:
        folder: The folder.
    """

    folder: Path

    @classmethod
    def open(cls, folder: Path | None = None) -> FinetuneStore:
        """Open the store; that of the user when no folder is named."""
        return cls(folder or find_cache_folder() / "finetunes")

    @contextlib.contextmanager
    def hold(self, run: Mapping[str, Any], on_wait: Callable[[], None] | None = None) -> Iterator[StoredRun]:
        """Work on a run alone inside the block, on this machine.

        Args:
            run: What `describe_run` returned.
            on_wait: Called when another process works on it, before that is waited for.
        """
        key = hashlib.sha256(json.dumps(run, sort_keys=True).encode()).hexdigest()[:32]
        folder = self.folder / key
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / LOCK).open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if on_wait:
                    on_wait()
                fcntl.flock(file, fcntl.LOCK_EX)
            yield StoredRun(folder, dict(run))

    def read_fingerprint(self, code: str) -> dict[str, Any] | None:
        """Return what was found of the quantizer of some code; None where it was not taken before."""
        return _read(self.folder / "quantizers" / f"{code}.json")

    def write_fingerprint(self, code: str, found: Mapping[str, Any]) -> None:
        """Keep what was found of the quantizer of some code."""
        _write(self.folder / "quantizers" / f"{code}.json", found)


@dataclass(frozen=True)
class StoredRun:
    """One run in the store.

    Attributes:
        folder: Its folder.
        run: What decides what it comes to.
    """

    folder: Path
    run: dict[str, Any]

    @property
    def checkpoint(self) -> Path:
        """Where it is kept while it is not done."""
        return self.folder / CHECKPOINT

    def read(self) -> dict[str, Any] | None:
        """Return its result; None before it has one."""
        found = _read(self.folder / RESULT)
        return found["result"] if found and found.get("run") == json.loads(json.dumps(self.run)) else None

    def write(self, result: Mapping[str, Any]) -> None:
        """Keep its result; one that is done needs no checkpoint any more."""
        _write(self.folder / RESULT, {"run": self.run, "result": dict(result)})
        if not result.get("problem"):
            self.checkpoint.unlink(missing_ok=True)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _write(path: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, indent=1, sort_keys=True) + "\n"
    write_whole(path, lambda file: file.write(text.encode()))
