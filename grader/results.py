"""``results.json``: its layout, and writing it so that nothing half-written is ever left."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from grader.errors import UsageError

SCHEMA_VERSION = 1
VOLATILE_KEYS = ("wall_seconds",)


def drop_volatile(result: dict[str, Any]) -> dict[str, Any]:
    """Return a result without what differs between two gradings of the same input.

    Examples:
        >>> drop_volatile({"provenance": {"seed": 1, "wall_seconds": 0.5}})
        {'provenance': {'seed': 1}}
    """
    provenance = {key: value for key, value in result["provenance"].items() if key not in VOLATILE_KEYS}
    return result | {"provenance": provenance}


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all.

    Args:
        path: The file.
        content: Its bytes.

    Raises:
        UsageError: The folder cannot be written, or the disk is full.
    """
    temporary = None
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
        raise UsageError(
            f"{path}: cannot be written: {error.strerror or error}",
            hint="name a folder with --out that can be written and has space",
        ) from error


def write_result(result: dict[str, Any], path: Path) -> None:
    """Write a result as JSON.

    Args:
        result: The result.
        path: The file, usually ``results.json``.

    Raises:
        UsageError: It cannot be written.
    """
    text = json.dumps(result, indent=1, ensure_ascii=False, allow_nan=False)
    write_atomically(path, (text + "\n").encode("utf-8", errors="backslashreplace"))


def choose_own_folder(path: Path) -> Path:
    """Choose the folder for the results of one submission: beside it, never inside.

    Examples:
        >>> choose_own_folder(Path("/tmp/jd123.zip"))
        PosixPath('/tmp/jd123-results')
    """
    path = path.resolve()
    return path.parent / f"{path.name if path.is_dir() else path.stem}-results"


def prepare_folder(out: Path, submission: Path) -> Path:
    """Make the folder for results, never inside the submission.

    Args:
        out: The folder.
        submission: The submission's path.

    Returns:
        The folder, which exists and can be written.

    Raises:
        UsageError: It is inside the submission, or cannot be made.
    """
    resolved = out.resolve()
    if submission.is_dir() and resolved.is_relative_to(submission.resolve()):
        raise UsageError(
            f"{out}: found an output folder inside the submission, expected one outside",
            hint="name another folder with --out",
        )
    try:
        resolved.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=resolved):
            pass
    except OSError as error:
        raise UsageError(
            f"{out}: cannot be used as an output folder: {error.strerror or error}",
            hint="name a folder with --out that can be written",
        ) from error
    return resolved
