"""Answer an appeal: show the checks of an item, and make them again from the recorded seed."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.text import Text

from grader.errors import UsageError
from grader.grade import grade_submission
from grader.grading_run import GradingRun
from grader.results import write_atomically
from grader.submission import read_submission
from grader.terminal import plain

MAX_SHOWN = 4000
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
    if not isinstance(result, dict) or not isinstance(result.get("checks"), list) or "items" not in result:
        raise UsageError(f"{file}: found no list of checks, expected a results.json of hw4-grade")
    return result


def select_checks(result: dict[str, Any], wanted: str) -> list[dict[str, Any]]:
    """Return the checks of an item, or the one check of a name; an item of claims and texts has none.

    Args:
        result: As in ``results.json``.
        wanted: Such as ``"lab1.c"`` or ``"lab1.c.operator"``.

    Raises:
        UsageError: The result has no such item or check.
    """
    checks: list[dict[str, Any]] = [
        check for check in result["checks"] if wanted in {check["item"], check["name"]}
    ]
    if not checks and wanted not in result["items"]:
        similar = [check["name"] for check in result["checks"] if wanted and wanted in check["name"]]
        raise UsageError(
            f"found no item or check {wanted!r}, expected one of {', '.join(similar or result['items'])}",
            hint="a check is named in full, such as lab1.c.operator",
        )
    return checks


def print_item(console: Console, result: dict[str, Any], wanted: str) -> None:
    """Print an item's points, the parts of it that no hidden check establishes, and its checks.

    Args:
        console: Where to.
        result: As in ``results.json``.
        wanted: An item, or a check; of a check's item nothing else is printed.
    """
    checks = select_checks(result, wanted)
    name = wanted if wanted in result["items"] else checks[0]["item"]
    item = result["items"][name]
    points = f"{item['score']:g}/{item['max_score']:g}"
    pending = f", {item['pending']:g} to be marked by a person" if item["pending"] else ""
    head = Text(f"{name}  ", "bold") + plain(item["title"]) + Text(f"  {points}{pending}", "bold")
    console.print(head, soft_wrap=True)
    if wanted == name:
        for part in item["parts"]:
            if part["kind"] != "automatic":
                _print_part(console, part)
    for check in checks:
        _print_check(console, check)


def _print_part(console: Console, part: dict[str, Any]) -> None:
    """Print what a person or the verification of reported numbers decides."""
    points = f"{part['score']:g}/{part['max_score']:g}"
    console.print(Text(f"{part['id']}  {part['kind']}  {points}", "bold"))
    for key, label in (("text", "handed in"), ("rationale", "why")):
        for line in str(part.get(key) or "").splitlines():
            console.print(Text(f"  {label:10}", "dim") + plain(line, limit=MAX_SHOWN), soft_wrap=True)


def _print_check(console: Console, check: dict[str, Any]) -> None:
    """Print a check with everything that is known about it."""
    console.print(
        Text(f"{check['name']}  {check['outcome']}  {check['score']:g}/{check['max_score']:g}", "bold")
    )
    for key, label in FIELDS:
        if check.get(key):
            console.print(Text(f"  {label:10}", "dim") + plain(check[key], limit=MAX_SHOWN), soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Repeated:
    """The checks of an item, made again.

    Attributes:
        differences: What differs from the recorded result, in words; empty when nothing does.
        inputs: The whole inputs of every check that failed, by check and name.
        sources: The student's code of each function that the checks test: ``file``, ``first_line`` and
            ``source``.
    """

    differences: list[str]
    inputs: dict[str, dict[str, Any]]
    sources: dict[str, dict[str, Any]]


def repeat_checks(run: GradingRun, submission: Path, result: dict[str, Any], wanted: str) -> Repeated:
    """Grade a submission again from the recorded seed and compare the checks of an item.

    Args:
        run: A warm grader.
        submission: The submission's path.
        result: The recorded result.
        wanted: An item or a check.

    Returns:
        What differs, the inputs and the code.

    Raises:
        UsageError: It is another submission than the one that was graded, or the result has no seed.
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
            "found a result without a seed, expected the staff's results.json",
            hint="name the staff's results.json of this submission, not one written with --level student",
        )
    settings = replace(run.settings, seed=int(result["provenance"]["seed"]))
    graded = grade_submission(read, run.sandbox, settings)
    again = {check["name"]: check for check in graded.result["checks"]}
    checks = select_checks(result, wanted)
    differences = [
        f"{check['name']}: {key} was {check[key]!r}, is now {again[check['name']][key]!r}"
        for check in checks
        for key in ("outcome", "inputs", "got", "expected")
        if again[check["name"]][key] != check[key]
    ]
    names = {check["name"] for check in checks}
    inputs = {name: values for name, values in graded.evidence.get("inputs", {}).items() if name in names}
    functions = {str(check["function"]).partition(".")[0] for check in checks}
    sources = {name: found for name, found in graded.evidence["sources"].items() if name in functions}
    return Repeated(differences, inputs, sources)


def print_sources(console: Console, sources: dict[str, dict[str, Any]]) -> None:
    """Print the student's code of the functions that checks test, with its line numbers."""
    for name, found in sources.items():
        console.print(Text(f"{name} in ", "bold") + plain(found["file"]))
        for number, line in enumerate(found["source"].splitlines(), start=found["first_line"]):
            console.print(Text(f"  {number:4}  ", "dim") + plain(line.expandtabs(4)), soft_wrap=True)


def save_inputs(inputs: dict[str, dict[str, Any]], path: Path) -> list[str]:
    """Save the arrays of failed checks, whole, for a person to load.

    Args:
        inputs: Values by check and name; what is no array or tensor is left out.
        path: A file that ends in ``.npz``.

    Returns:
        Python that loads each.

    Raises:
        UsageError: The file cannot be written.
    """
    arrays = {
        f"{check}.{name}": np.asarray(value.detach() if hasattr(value, "detach") else value)
        for check, values in inputs.items()
        for name, value in values.items()
        if hasattr(value, "shape")
    }
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]  # the names are those of checks
    write_atomically(path, buffer.getvalue())
    return [f"{key.rpartition('.')[2]} = np.load({str(path)!r})[{key!r}]" for key in arrays]
