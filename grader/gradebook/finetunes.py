"""What finetunes in full reached, beside the numbers that a student reports; nothing of it gives points."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.gradebook.recording import Attempt
from grader.gradebook.standing import Standing
from grader.gradebook.store import Gradebook

Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Finetune:
    """A finetune in full of a student's quantizer.

    Attributes:
        accuracy: The highest test accuracy; None where there is none.
        words: How it was measured, or why it was not.
        quantizer: The quantizer's fingerprint: equal ones share a run.
    """

    accuracy: float | None
    words: str
    quantizer: str

    def describe(self) -> str:
        """Say it beside a reported value.

        Examples:
            >>> Finetune(0.9635, "best of 10 epochs, seed 0, on cpu", "").describe()
            'finetuned in full with this quantizer: 0.9635 (best of 10 epochs, seed 0, on cpu)'
        """
        reached = "no accuracy" if self.accuracy is None else f"{self.accuracy:.4f}"
        return f"finetuned in full with this quantizer: {reached} ({self.words})"


def record_finetune(
    book: Gradebook, attempt: Attempt, place: Place, finetune: Finetune, record: Mapping[str, Any]
) -> bool:
    """Add what a finetune reached, unless the last one of this upload said the same.

    Args:
        book: The gradebook.
        attempt: The upload.
        place: Item and name of the value.
        finetune: What it reached.
        record: Everything that is known of it.

    Returns:
        Whether it was added.
    """
    with book.transaction():
        last = _list_rows(book, attempt.key, attempt.sha256).get(place)
        if last == finetune:
            return False
        item, name = place
        book.add(
            "finetunes",
            attempt_id=attempt.id,
            item=item,
            name=name,
            accuracy=finetune.accuracy,
            words=finetune.words,
            quantizer=finetune.quantizer,
            record=json.dumps(dict(record), ensure_ascii=False, sort_keys=True),
        )
    return True


def list_finetunes(book: Gradebook, standing: Standing) -> dict[Place, Finetune]:
    """List the last finetune of each value, for a student's current upload."""
    return _list_rows(book, standing.key, standing.attempt.sha256)


def _list_rows(book: Gradebook, key: str, sha256: str) -> dict[Place, Finetune]:
    rows = book.rows(
        "SELECT f.* FROM finetunes f JOIN attempts a ON a.id = f.attempt_id JOIN students s "
        "ON s.id = a.student_id WHERE s.key = ? AND a.sha256 = ? ORDER BY f.at, f.id",
        (key, sha256),
    )
    return {
        (row["item"], row["name"]): Finetune(row["accuracy"], row["words"], row["quantizer"]) for row in rows
    }


def show_beside(part: dict[str, Any], item: str, finetunes: Mapping[Place, Finetune]) -> None:
    """Put what was measured behind what is said of each reported value of a part.

    Args:
        part: A part of a result, of kind ``"claim"``; it is changed.
        item: Its item.
        finetunes: What was measured.

    Examples:
        >>> part = {"rationale": "bits_4: no band was measured"}
        >>> show_beside(part, "lab2.c", {("lab2.c", "bits_4"): Finetune(0.96, "best of 10 epochs", "")})
        >>> part["rationale"]
        'bits_4: no band was measured; finetuned in full with this quantizer: 0.9600 (best of 10 epochs)'
    """
    lines = []
    for line in part["rationale"].splitlines():
        found = finetunes.get((item, line.partition(": ")[0]))
        lines.append(f"{line}; {found.describe()}" if found else line)
    part["rationale"] = "\n".join(lines)
