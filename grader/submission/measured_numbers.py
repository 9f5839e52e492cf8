"""Numbers that the experiments wrote into ``results.json``, where ``answers.toml`` has none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from grader.submission.files import Submission
from student.given.answers import Answers
from student.given.answers_schema import ACCURACY, BITS, SCHEMA

MOST_BITS = 32.0
FINETUNED = ("lab2.c", "after_")


def add_measured_numbers(answers: Answers, submission: Submission) -> tuple[Answers, tuple[str, ...]]:
    """Take numbers of Lab 2 from ``results.json``, beside the report or inside it, where none is answered.

    A file that cannot be read, or a number that can be none, is passed over: nothing is lost by it. A
    quick look with fewer epochs than the assignment's is no answer to (c) and (d).

    Args:
        answers: What ``answers.toml`` says; it counts more.
        submission: What was handed in, with what is attached in its report.

    Returns:
        The answers with these numbers, and what a reader should know.
    """
    values, notes = dict(answers.values), []
    for file in submission.with_role("results"):
        part = _read_part(file.content)
        taken = []
        for (item, key), kind in SCHEMA.items():
            if kind not in (ACCURACY, BITS) or values.get((item, key)) is not None:
                continue
            if part.get("epochs") is not None and (item == FINETUNED[0] or key.startswith(FINETUNED[1])):
                continue
            number = _find_number(part, item, key, 1.0 if kind == ACCURACY else MOST_BITS)
            if number is not None:
                values[item, key] = number
                taken.append(f"{item} {key}")
        if taken:
            data = _mapping(part.get("data")).get("name")
            images = f", measured on {str(data)[:40]!r}" if isinstance(data, str) else ""
            notes.append(f"{len(taken)} numbers of Lab 2 were read from {file.display_name}{images}")
    if not notes:
        return answers, ()
    return Answers(values, answers.problems), tuple(notes)


def _read_part(content: bytes) -> Mapping[str, Any]:
    try:
        return _mapping(_mapping(json.loads(content)).get("lab2"))
    except (ValueError, RecursionError):
        return {}


def _find_number(part: Mapping[str, Any], item: str, key: str, most: float) -> float | None:
    value = _mapping(_mapping(part.get("answers")).get(item)).get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= most else None  # also when it is nan


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
