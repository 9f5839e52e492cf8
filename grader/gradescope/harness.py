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

from grader.container import Container, count_memory_kills, measure_container
from grader.errors import GraderError, StaffError
from grader.finetune_names import ON_THE_CPU
from grader.gradebook.formats.gradescope_results import build_failure, build_results, dump_results
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


def decide_finetune(wanted: str, container: Container) -> bool:
    """Decide whether the short finetune runs, by what the container has.

    Args:
        wanted: ``"auto"``, ``"yes"`` or ``"no"``.
        container: What there is.

    Examples:
        >>> small = Container(768 << 20, 0.5)
        >>> [decide_finetune(wanted, small) for wanted in ("auto", "yes", "no")]
        [False, True, False]
    """
    return container.carries_finetune if wanted == "auto" else wanted == "yes"


def grade(root: Path, *, preparing: bool = False) -> None:
    """Grade what lies in ``submission`` and write ``results.json``.

    Args:
        root: ``/autograder``.
        preparing: Grade only the reference and the handout.

    Raises:
        GraderError: It cannot be graded.
    """
    from grader.grade import grade_submission
    from grader.grading_run import GradingRun
    from grader.submission import read_submission
    from grader.suites.grading import Pace

    started, kills = time.monotonic(), count_memory_kills()
    choices = read_choices(root / "source" / "settings.json")
    container = measure_container()
    finetune = decide_finetune(str(choices.get("finetune", "auto")), container)
    fields: dict[str, Any] = {
        "pace": Pace(container.slowness, container.workers),
        "steps": finetune,
        "finetunes": ON_THE_CPU if finetune else (),
    }
    what = f"{container.describe()}; the short finetune {'runs' if finetune else 'does not run'}"
    sys.stderr.write(f"hw4-grade: {what}\n")
    console = Console(file=sys.stderr)
    with GradingRun.start(console, allow_weak=bool(choices.get("allow_weak")), **fields) as run:
        if preparing:
            return
        metadata = read_metadata(root / METADATA)
        settings = replace(run.settings, submitted_at=metadata.submitted_at)
        graded = grade_submission(read_submission(root / SUBMISSION), run.sandbox, settings)
        if count_memory_kills() > kills:
            raise StaffError(
                f"memory ran out during the grading ({container.describe()}), so its outcome means nothing",
                hint="choose a larger container in the autograder's settings",
            )
        results = build_results(graded.result, metadata.remarks)
        results["extra_data"]["container"] = what
        results["execution_time"] = round(time.monotonic() - started, 1)
        # Now, not when the sandbox was closed: closing copies memory, and the kernel may kill us for it.
        write_atomically(root / RESULTS, dump_results(results))


def main(arguments: list[str]) -> int:
    """Grade, and write ``results.json`` also when the grader fails.

    Args:
        arguments: The root folder, and ``--prepare``.

    Returns:
        The exit status.
    """
    root, preparing = Path(arguments[0]), "--prepare" in arguments[1:]
    try:
        grade(root, preparing=preparing)
    except GraderError as error:
        reason = str(error)
    except Exception as error:  # noqa: BLE001  # whatever else happens is ours
        reason = f"{type(error).__name__}: {error}"
    else:
        return 0
    sys.stderr.write(f"hw4-grade: error: {reason}\n")
    if not preparing:
        write_atomically(root / RESULTS, dump_results(build_failure(reason)))
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
