"""Answer an appeal: show the checks of an item, and make them again from the recorded seed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from grader.errors import UsageError
from grader.grade import grade_submission
from grader.grading_run import GradingRun
from grader.submission import read_submission
from grader.terminal import plain

FIELDS = (
    ("claim", "claim"),
    ("call", "call"),
    ("inputs", "inputs"),
    ("got", "got"),
    ("expected", "expected"),
    ("tolerance", "tolerance"),
    ("rationale", "why"),
    ("hint", "hint"),
)


def read_result(path: Path) -> dict[str, Any]:
    """Read a ``results.json``, or the one in a folder.

    Args:
        path: The file or its folder.

    Returns:
        The result.

    Raises:
        UsageError: There is none, or it is none of ours.
    """
    file = path / "results.json" if path.is_dir() else path
    try:
        result = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{file}: cannot be read as a result: {error}", hint="name a results.json"
        ) from error
    if not isinstance(result, dict) or not isinstance(result.get("checks"), list):
        raise UsageError(f"{file}: found no list of checks, expected a results.json of hw4-grade")
    return result


def select_checks(result: dict[str, Any], wanted: str) -> list[dict[str, Any]]:
    """Return the checks of an item, or the one check of a name.

    Args:
        result: As in ``results.json``.
        wanted: Such as ``"lab1.c"`` or ``"lab1.c.operator"``.

    Raises:
        UsageError: The result has no such item or check.
    """
    checks: list[dict[str, Any]] = [
        check for check in result["checks"] if wanted in {check["item"], check["name"]}
    ]
    if not checks:
        items = ", ".join(dict.fromkeys(check["item"] for check in result["checks"]))
        raise UsageError(f"found no item or check {wanted!r}, expected one of {items}")
    return checks


def print_checks(console: Console, checks: list[dict[str, Any]]) -> None:
    """Print checks with everything that is known about them."""
    for check in checks:
        console.print(
            Text(f"{check['name']}  {check['outcome']}  {check['score']:g}/{check['max_score']:g}", "bold")
        )
        for key, label in FIELDS:
            if check.get(key):
                console.print(Text(f"  {label:10}", "dim") + plain(check[key], limit=2000), soft_wrap=True)


def repeat_checks(run: GradingRun, submission: Path, result: dict[str, Any], wanted: str) -> list[str]:
    """Grade a submission again from the recorded seed and compare the checks of an item.

    Args:
        run: A warm grader.
        submission: The submission's path.
        result: The recorded result.
        wanted: An item or a check.

    Returns:
        What differs, in words; empty when everything came out as recorded.

    Raises:
        UsageError: It is another submission than the one that was graded, or the result holds no seed.
    """
    read = read_submission(submission)
    recorded = result["submission"]["sha256"]
    if read.sha256 != recorded:
        raise UsageError(
            f"{submission}: found a submission with hash {read.sha256[:16]}, expected {recorded[:16]}",
            hint="name the files that were graded, unchanged",
        )
    if "seed" not in result["provenance"]:
        raise UsageError(
            "the result holds no seed: it was written with --level student",
            hint="name the staff's results.json of this submission",
        )
    settings = replace(run.settings, seed=int(result["provenance"]["seed"]))
    again = {check["name"]: check for check in grade_submission(read, run.sandbox, settings).result["checks"]}
    return [
        f"{check['name']}: {key} was {check[key]!r}, is now {again[check['name']][key]!r}"
        for check in select_checks(result, wanted)
        for key in ("outcome", "inputs", "got", "expected")
        if again[check["name"]][key] != check[key]
    ]
