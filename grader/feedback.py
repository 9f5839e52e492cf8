"""What a student may see of a result: hidden means hidden."""

from __future__ import annotations

import re
from typing import Any, Literal

Level = Literal["staff", "student"]

FOR_STAFF = "for_staff"  # marks a table or plot that a student's report leaves out
STAFF_ONLY = ("inputs", "expected", "tolerance")
TOLD = ("call", "got", "rationale", "hint")
HIDDEN = "(hidden)"
REFERENCE_CURVES = ("reference_weights", "reference_loss")
REFERENCE_ACCURACIES = ("before", "reference")
REFERENCE_WORDS, THRESHOLD_WORDS = ", the reference ", " The largest values that are right"
_NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?(?![\w.])")
_FRACTION = re.compile(r"\d*\.\d+(?:[eE][-+]?\d+)?|\d+(?:\.\d*)?[eE][-+]?\d+")
# A number of fewer digits is a shape, an index, a count or one of the assignment's own constants.
_TELLING_DIGITS = 4
# A value that agrees with a hidden one to this part of it tells the hidden one.
_SAME = 1e-4
# What a submission's own words can carry: its code has seen the hidden inputs.
_WORDS_OF_THE_SUBMISSION = re.compile(r" raised |^the reply of .* was refused")
_SAFE_REASONS = (
    "to be verified by a person",
    "found no reported value and no PDF report",
    "not in answers.toml; to be read from the PDF by a person",
)


def hide_answers(result: dict[str, Any]) -> dict[str, Any]:
    """Return a result as a student may see it.

    The hidden inputs, the expected values and what the grader measured go; what was called, what came
    back, why it is wrong and how to go on stay. Where what came back is a hidden value itself (a
    function that returns its argument), or an exception's text may quote one, the digits go. The
    seed goes too: with it the inputs could be drawn again.

    Args:
        result: As in ``results.json``.

    Returns:
        A copy without what is for staff only; its ``level`` says so.

    Examples:
        >>> check = {"got": "2.7182 at [0]", "expected": "2.7182", "inputs": "W = 3", "tolerance": ""}
        >>> result = {"items": {}, "checks": [check], "provenance": {"seed": 7, "device": "cpu"}}
        >>> hidden = hide_answers(result)
        >>> hidden["checks"][0]["got"], hidden["checks"][0]["expected"], hidden["provenance"]
        ('(hidden) at [0]', '', {'device': 'cpu'})
    """
    provenance = {key: value for key, value in result["provenance"].items() if key not in {"seed", "command"}}
    return (
        result
        | {
            "level": "student",
            "items": {name: _hide_in_item(item) for name, item in result["items"].items()},
            "checks": [_hide_in_check(check) for check in result["checks"]],
            "provenance": provenance,
        }
        | _hide_in_lab2(result.get("lab2"))
    )


def hide_reference(evidence: dict[str, Any]) -> dict[str, Any]:
    """Return the evidence of a report as a student may see it.

    Lab 1 runs on public data, so the reference's curves are the answer: the final weights and losses
    that the student is to find. They go, as do the reference's staircase and the accuracies that the
    grader found; the student's own curves, code, texts and reported values stay.

    Args:
        evidence: As `grader.grade.Graded` holds it.

    Examples:
        >>> hide_reference({"runs": {"lab1.b": [{"label": "GD", "loss": [1.0], "reference_loss": [0.5]}]}})
        {'runs': {'lab1.b': [{'label': 'GD', 'loss': [1.0]}]}}
    """
    shown = dict(evidence)
    if evidence.get("runs"):
        shown["runs"] = {
            item: [{key: run[key] for key in run if key not in REFERENCE_CURVES} for run in runs]
            for item, runs in evidence["runs"].items()
        }
    if evidence.get("staircase"):
        shown["staircase"] = evidence["staircase"] | {"reference": {}}
    if evidence.get("lab2"):
        shown["lab2"] = {
            item: [_hide_in_table(table) for table in tables if not table.get(FOR_STAFF)]
            for item, tables in evidence["lab2"].items()
        }
    return shown


def _hide_in_check(check: dict[str, Any]) -> dict[str, Any]:
    hidden = [value for key in ("inputs", "expected") for value in _list_telling(check.get(key, ""))]
    told = {key: _hide_numbers(check[key], hidden) for key in TOLD if check.get(key)}
    return check | told | dict.fromkeys(STAFF_ONLY, "")


def _list_telling(text: str) -> list[float]:
    """List the magnitudes in a text that tell something."""
    return [abs(float(token)) for token in _NUMBER.findall(text) if _is_telling(token)]


def _is_telling(token: str) -> bool:
    digits = re.split("[eE]", token)[0].lstrip("+-").replace(".", "").lstrip("0")
    return len(digits) >= _TELLING_DIGITS


def _hide_numbers(text: str, hidden: list[float]) -> str:
    if _WORDS_OF_THE_SUBMISSION.search(text):
        return _FRACTION.sub(HIDDEN, text)

    def replace(found: re.Match[str]) -> str:
        value = abs(float(found[0]))
        tells = _is_telling(found[0]) and any(abs(value - other) <= _SAME * other for other in hidden)
        return HIDDEN if tells else found[0]

    return _NUMBER.sub(replace, text)


def _hide_in_item(item: dict[str, Any]) -> dict[str, Any]:
    return item | {"parts": [_hide_in_part(part) for part in item["parts"]]}


def _hide_in_part(part: dict[str, Any]) -> dict[str, Any]:
    """Say of reported numbers whether they were found again, not what was found."""
    if part["kind"] != "claim":
        return part
    lines = []
    for line in part["rationale"].splitlines():
        name, _, reason = line.partition(": ")
        lines.append(line if reason in _SAFE_REASONS else f"{name}: set against what the grader finds")
    return part | {"rationale": "\n".join(lines)}


def _hide_in_lab2(lab2: dict[str, Any] | None) -> dict[str, Any]:
    """Drop what is right and what the reference reaches; what the student's own training did stays."""
    if not lab2 or not lab2.get("training"):
        return {}
    training = {key: value for key, value in lab2["training"].items() if key != "thresholds"}
    finetunes = [
        {key: found[key] for key in found if key not in REFERENCE_ACCURACIES}
        | {"words": found["words"].partition(REFERENCE_WORDS)[0]}
        for found in training["finetunes"]
    ]
    return {"lab2": lab2 | {"training": training | {"finetunes": finetunes}}}


def _hide_in_table(table: dict[str, Any]) -> dict[str, Any]:
    """Drop the columns of what was found and what the reference reaches, and thresholds."""
    columns = table.get("columns") or ()
    kept = [index for index, name in enumerate(columns) if not _is_of_staff(name)]
    if 0 < len(kept) < len(columns):
        rows = [[row[index] for index in kept] for row in table.get("rows") or ()]
        table = table | {"columns": [columns[index] for index in kept], "rows": rows}
    if table.get("title") == "Reported and found":
        table = table | {"title": "Reported"}
    if table.get("note"):
        table = table | {"note": table["note"].partition(THRESHOLD_WORDS)[0]}
    return table


def _is_of_staff(column: str) -> bool:
    return column == "found" or column.endswith(", reference")
