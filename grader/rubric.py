"""The rubric: every item of the assignment with its points, read from ``rubric.toml``."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.errors import StaffError

PATH = Path(__file__).with_name("rubric.toml")
# What a file of any content makes the reader raise.
_UNREADABLE = (
    OSError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)
KINDS = ("automatic", "human", "claim")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a rubric item, marked in one way.

    Attributes:
        id: The part's name within its item.
        title: The part in words.
        kind: ``"automatic"`` (hidden checks), ``"human"`` (a person reads a text) or ``"claim"``
            (reported numbers that the grader verifies where it can).
        points: Points at stake.
        function: The student's function that an automatic part tests, or None.
        checks: Points by the full name of each check of an automatic part.
        claims: Points by the name of each reported number of a claim part.
        answer: The key of a human part's text in the item's table of ``answers.toml``; ``"report"`` for
            what stands only in the PDF.
    """

    id: str
    title: str
    kind: str
    points: float
    function: str | None
    checks: dict[str, float]
    claims: dict[str, float]
    answer: str


@dataclass(frozen=True, slots=True)
class Item:
    """A question of the assignment.

    Attributes:
        id: Such as ``"1.3"`` or ``"lab1.c"``.
        title: The question in words.
        max_score: Points at stake, all parts together.
        bonus: Whether its points count on top of the regular ones.
        parts: How it is marked.
    """

    id: str
    title: str
    max_score: float
    bonus: bool
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Rubric:
    """All items in the order of the assignment.

    Attributes:
        items: The items.
    """

    items: tuple[Item, ...]

    @property
    def checks(self) -> dict[str, tuple[Item, Part, float]]:
        """Every check by its full name, with its item, its part and its points."""
        return {
            name: (item, part, points)
            for item in self.items
            for part in item.parts
            for name, points in part.checks.items()
        }


def _read_part(item_id: str, data: dict[str, Any]) -> Part:
    part = Part(
        id=data["id"],
        title=data["title"],
        kind=data["kind"],
        points=float(data["points"]),
        function=data.get("function"),
        checks={f"{item_id}.{name}": float(points) for name, points in data.get("checks", {}).items()},
        claims={name: float(points) for name, points in data.get("claims", {}).items()},
        answer=data.get("answer", ""),
    )
    numbers = (part.points, *part.checks.values(), *part.claims.values())
    if not all(math.isfinite(points) and points >= 0.0 for points in numbers):
        raise ValueError(
            f"{item_id}, part {part.id}: found points {numbers}, expected finite ones, not below 0"
        )
    if part.kind not in KINDS:
        raise ValueError(f"{item_id}, part {part.id}: found kind {part.kind!r}, expected one of {KINDS}")
    marks = {"automatic": part.checks, "claim": part.claims}.get(part.kind)
    if marks is not None and not math.isclose(sum(marks.values()), part.points):
        raise ValueError(
            f"{item_id}, part {part.id}: its marks sum to {sum(marks.values()):g}, expected {part.points:g}"
        )
    if part.kind == "human" and not part.answer:
        raise ValueError(f"{item_id}, part {part.id}: found no key `answer`, expected one of answers.toml")
    return part


def read_rubric(path: Path = PATH) -> Rubric:
    """Read a rubric and check that its points add up.

    Args:
        path: A TOML file laid out like ``grader/rubric.toml``.

    Returns:
        The rubric.

    Raises:
        StaffError: The file cannot be read, or points do not add up; the message names the item.

    Examples:
        >>> rubric = read_rubric()
        >>> sum(item.max_score for item in rubric.items if not item.bonus)
        100.0
        >>> len(rubric.items), len(rubric.checks)
        (23, 45)
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        items = []
        for entry in data["items"]:
            parts = tuple(_read_part(entry["id"], part) for part in entry["parts"])
            item = Item(
                entry["id"],
                entry["title"],
                float(entry["max_score"]),
                bool(entry.get("bonus", False)),
                parts,
            )
            if not math.isclose(sum(part.points for part in parts), item.max_score):
                found = sum(part.points for part in parts)
                raise ValueError(f"{item.id}: its parts sum to {found:g}, expected {item.max_score:g}")
            items.append(item)
        identifiers = [item.id for item in items]
        if len(set(identifiers)) != len(identifiers):
            raise ValueError("found an item twice, expected every id once")
    except _UNREADABLE as error:
        words = f"{path.name}: {type(error).__name__}: {error}"
        raise StaffError(words, hint="correct the rubric and grade again") from error
    return Rubric(tuple(items))
