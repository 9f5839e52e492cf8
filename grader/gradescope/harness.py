"""Grade the submission in Gradescope's container and write ``results.json``."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from grader.errors import GraderError
from grader.gradebook.formats.gradescope_results import build_failure, build_results, dump_results
from grader.gradescope.container import measure_container
from grader.results import write_atomically

SUBMISSION, METADATA, RESULTS = "submission", "submission_metadata.json", "results/results.json"
MAX_METADATA_BYTES = 50 << 20  # it holds the results of earlier attempts


@dataclass(frozen=True, slots=True)
class Metadata:
    """What Gradescope says of a submission.

    Attributes:
        submitted_at: When it was handed in; None where it does not say.
        remarks: What staff and student should know.
    """

    submitted_at: datetime | None
    remarks: tuple[str, ...] = ()


def read_metadata(path: Path) -> Metadata:
    """Read ``submission_metadata.json``: the time of the hand-in, never of this run.

    Args:
        path: The file.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "metadata.json")
        ...     _ = path.write_text('{"created_at": "2020-10-16T00:10:32.365935-04:00"}')
        ...     read_metadata(path).submitted_at.isoformat()
        '2020-10-16T00:10:32.365935-04:00'
    """
    try:
        with path.open("rb") as stream:
            loaded = json.loads(stream.read(MAX_METADATA_BYTES))
        moment = datetime.fromisoformat(loaded["created_at"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return Metadata(None, (f"{METADATA}: found no time in it; lateness was not judged",))
    if moment.tzinfo is None:
        return Metadata(None, (f"{METADATA}: found a time without an offset; lateness was not judged",))
    return Metadata(moment)


def read_choices(path: Path) -> Mapping[str, Any]:
    """Read how the container grades; what is missing has its default."""
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return loaded if isinstance(loaded, dict) else {}


def decide_finetune(wanted: str) -> tuple[bool, str]:
    """Decide whether the short finetune runs, by what the container has.

    Args:
        wanted: ``"auto"``, ``"yes"`` or ``"no"``.

    Returns:
        The decision, and why.

    Examples:
        >>> decide_finetune("no")[0], decide_finetune("yes")[0]
        (False, True)
    """
    container = measure_container()
    if wanted in ("yes", "no"):
        return wanted == "yes", f"as set; {container.describe()}"
    fits = container.carries_finetune
    return fits, f"{container.describe()}: {'enough' if fits else 'too little'} for the short finetune"


def grade(root: Path, *, preparing: bool = False) -> dict[str, Any] | None:
    """Grade what lies in ``submission``.

    Args:
        root: ``/autograder``.
        preparing: Grade only the reference and the handout.

    Returns:
        ``results.json``; None when preparing.

    Raises:
        GraderError: It cannot be graded.
    """
    from grader.grade import Settings, grade_submission
    from grader.grading_run import GradingRun
    from grader.submission import read_submission

    started = time.monotonic()
    choices = read_choices(root / "source" / "settings.json")
    finetune, why = decide_finetune(str(choices.get("finetune", "auto")))
    sys.stderr.write(f"hw4-grade: {why}\n")
    fields = {"finetune": finetune} if "finetune" in Settings.__dataclass_fields__ else {}
    console = Console(file=sys.stderr)
    with GradingRun.start(console, allow_weak=bool(choices.get("allow_weak")), **fields) as run:
        if preparing:
            return None
        metadata = read_metadata(root / METADATA)
        settings = replace(run.settings, submitted_at=metadata.submitted_at)
        graded = grade_submission(read_submission(root / SUBMISSION), run.sandbox, settings)
    results = build_results(graded.result, metadata.remarks)
    results["extra_data"]["container"] = why
    return {"execution_time": round(time.monotonic() - started, 1), **results}


def main(arguments: list[str]) -> int:
    """Grade, and write ``results.json`` also when the grader fails.

    Args:
        arguments: The root folder, and ``--prepare``.

    Returns:
        The exit status.
    """
    root, preparing = Path(arguments[0]), "--prepare" in arguments[1:]
    status = 0
    try:
        results = grade(root, preparing=preparing)
    except GraderError as error:
        sys.stderr.write(f"hw4-grade: error: {error}\n")
        results, status = build_failure(str(error)), 1
    except Exception as error:  # noqa: BLE001  # whatever else happens is ours
        reason = f"{type(error).__name__}: {error}"
        sys.stderr.write(f"hw4-grade: error: {reason}\n")
        results, status = build_failure(reason), 1
    if results is not None and not preparing:
        write_atomically(root / RESULTS, dump_results(results))
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
