"""Before the first submission: the reference earns every automatic point, the handout none.

A missing package or a broken worker must never look like a wrong answer, so the two known
submissions are graded first, in the same sandbox, and nothing is graded when one surprises.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import reference
import student
from grader.errors import StaffError
from grader.fingerprint import fingerprint_grader
from grader.grade import Settings, grade_submission
from grader.lab2.statistics import StepVerdict
from grader.results import write_atomically
from grader.sandbox import Sandbox
from grader.submission import Submission, read_files

HANDED_IN = ("lab1.py", "FP_layers.py", "answers.toml")
SEED = 590
MAX_COMPLAINTS = 8


def fingerprint_environment(isolation: dict[str, Any]) -> str:
    """Hash everything that decides whether the preflight passes.

    Args:
        isolation: The isolation in force.

    Returns:
        A hexadecimal digest over our own sources, the versions of the packages and the isolation.
    """
    found = [fingerprint_grader(), isolation]
    return hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()


def cache_folder() -> Path:
    """Return the folder for what may be computed again: ``$XDG_CACHE_HOME/hw4-grade``."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "hw4-grade"


def read_known_submission(name: str) -> Submission:
    """Read the reference (``"reference"``) or the untouched handout (``"handout"``) as a submission."""
    package: Any = reference if name == "reference" else student
    folder = Path(str(package.__file__)).parent
    return read_files(name, {file: (folder / file).read_bytes() for file in HANDED_IN})


def _complain_reference(result: dict[str, Any]) -> Iterator[str]:
    for check in result["checks"]:
        if check["outcome"] != "passed":
            reason = check["rationale"] or check["got"]
            yield f"the reference does not pass {check['name']}: {reason}"
    training = result["lab2"]["training"]
    if training["steps"] and training["verdict"] != StepVerdict.RIGHT:
        yield f"the reference's own training steps are not right: {training['words']}"


def _complain_handout(result: dict[str, Any]) -> Iterator[str]:
    for check in result["checks"]:
        if check["outcome"] in {"passed", "error"}:
            found = f"{check['name']} with outcome {check['outcome']}"
            yield f"the untouched handout ends {found}: {check['rationale']}"


def run_preflight(sandbox: Sandbox, settings: Settings) -> bool:
    """Grade the reference and the untouched handout, unless this environment has passed before.

    Args:
        sandbox: Where submissions will be graded.
        settings: How they will be graded.

    Returns:
        Whether the two were graded now; False when the environment was known.

    Raises:
        StaffError: One of them surprised; the message names the checks.
    """
    plain = cache_folder() / f"preflight-{fingerprint_environment(sandbox.isolation.as_dict())}"
    with_steps = plain.with_name(f"{plain.name}-steps")
    marker = with_steps if settings.steps else plain
    if with_steps.exists() or marker.exists():
        return False
    known = Settings(
        settings.assignment,
        settings.rubric,
        settings.key,
        seed=SEED,
        steps=settings.steps,
        pace=settings.pace,
    )
    complaints = [
        *_complain_reference(grade_submission(read_known_submission("reference"), sandbox, known).result),
        *_complain_handout(grade_submission(read_known_submission("handout"), sandbox, known).result),
    ]
    if complaints:
        shown = "\n  ".join(complaints[:MAX_COMPLAINTS])
        if len(complaints) > MAX_COMPLAINTS:
            shown += f"\n  and {len(complaints) - MAX_COMPLAINTS} more"
        raise StaffError(
            f"preflight: nothing was graded, because the environment or the grader is broken:\n  {shown}",
            hint="mend what is named, or install again from the package's own requirements",
        )
    _remember(marker)
    return True


def _remember(marker: Path) -> None:
    """Leave a mark that this environment has passed; without a cache folder it is checked every time."""
    try:
        marker.parent.mkdir(parents=True, exist_ok=True)
        for stale in sorted(marker.parent.glob("preflight-*"), key=lambda path: path.stat().st_mtime)[:-20]:
            stale.unlink(missing_ok=True)
    except OSError:
        return
    if os.access(marker.parent, os.W_OK):
        write_atomically(marker, b"passed\n")
