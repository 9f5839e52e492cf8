"""Hostile uploads: what each attempts, and how it is built when a test runs.

An upload is a folder or a file as the grader gets it. The code in it is right unless its name says
otherwise, so a grading that gives up shows in the score.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from tests.bank.canaries import Canaries
from tests.bank.paths import RIGHT

_CODE = RIGHT / "python_loops"
Builder = Callable[[Path, Canaries], Path]


@dataclass(frozen=True)
class HostileUpload:
    """A hostile upload.

    Attributes:
        kind: ``"archive"``, ``"file"``, ``"name"``, ``"source"``, ``"notebook"``, ``"pdf"`` or ``"answers"``.
        name: Its name.
        attempts: What it attempts, in one sentence.
        code: What becomes of the code items: ``"earned"`` in full, ``"lab1 lost"`` where lab1.py
            cannot be read and the others are earned, ``"none"`` earned, or ``"open"``.
        says: Words of which one must stand in the result or the message, in any case; empty
            where none need to.
        build: Builds it in an empty folder, and returns what to hand to the grader.
    """

    kind: str
    name: str
    attempts: str
    code: str
    says: tuple[str, ...]
    build: Builder

    def __str__(self) -> str:
        """Return the name for the ids of tests."""
        return f"{self.kind}.{self.name}"


_REGISTERED: list[HostileUpload] = []


def upload(kind: str, *, code: str = "earned", says: tuple[str, ...] = ()) -> Callable[[Builder], Builder]:
    """Register a builder; its docstring is what the upload attempts."""

    def register(build: Builder) -> Builder:
        attempts = (build.__doc__ or "").splitlines()[0]
        _REGISTERED.append(HostileUpload(kind, build.__name__, attempts, code, says, build))
        return build

    return register


def list_hostile_uploads() -> tuple[HostileUpload, ...]:
    """List every hostile upload.

    Examples:
        >>> uploads = {str(upload): upload for upload in list_hostile_uploads()}
        >>> uploads["archive.climbs_out"].attempts
        'Write a file above the folder it is unpacked in.'
    """
    for module in ("archives", "files", "sources", "documents", "answers"):
        import_module(f"tests.bank.upload_{module}")  # registers its builders
    return tuple(_REGISTERED)


def right_sources() -> dict[str, bytes]:
    """Return the right code, by file name."""
    return {name: (_CODE / name).read_bytes() for name in ("lab1.py", "FP_layers.py")}


def right_folder(folder: Path) -> Path:
    """Make a folder with the right code in it."""
    submission = folder / "submission"
    submission.mkdir()
    for name in right_sources():
        shutil.copy(_CODE / name, submission / name)
    return submission
