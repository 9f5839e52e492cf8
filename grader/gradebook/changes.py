"""What a regrade changed: old and new points, check by check, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, fields
from typing import Any

from grader.gradebook.cells import dump_table


@dataclass(frozen=True, slots=True)
class Change:
    """A difference between two gradings of the same upload.

    Attributes:
        key: The student.
        what: The check, the part of an item, or ``"total"``.
        old: Points before; None where it did not exist.
        new: Points now; None where it does not exist any more.
        before: The outcome before, and why.
        after: The outcome now, and why.
        reason: Why it was graded again.
    """

    key: str
    what: str
    old: float | None
    new: float | None
    before: str
    after: str
    reason: str


def compare_results(key: str, old: dict[str, Any], new: dict[str, Any], reason: str = "") -> Iterator[Change]:
    """Yield every check and every part that is not what it was, and the total if that changed.

    Args:
        key: The student.
        old: The earlier result.
        new: The later one.
        reason: Why it was graded again.

    Examples:
        >>> check = {"name": "lab1.b.one_step", "outcome": "failed", "score": 0.0, "rationale": "a"}
        >>> old = {"checks": [check], "items": {}, "score": 0.0}
        >>> new = {"checks": [check | {"outcome": "passed", "score": 2.0}], "items": {}, "score": 2.0}
        >>> [(change.what, change.old, change.new) for change in compare_results("jd123", old, new)]
        [('lab1.b.one_step', 0.0, 2.0), ('total', 0.0, 2.0)]
    """
    for what, before, after in _pair(_list_checks(old), _list_checks(new)):
        if _differs(before, after):
            yield _describe(key, what, before, after, reason)
    for what, before, after in _pair(_list_parts(old), _list_parts(new)):
        if _differs(before, after):
            yield _describe(key, what, before, after, reason)
    if old["score"] != new["score"]:
        yield Change(key, "total", old["score"], new["score"], "", "", reason)


def dump_changes(changes: Iterable[Change]) -> bytes:
    """Write changes as CSV, one line each."""
    return dump_table((field.name for field in fields(Change)), map(astuple, changes))


def _list_checks(result: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {check["name"]: check for check in result["checks"]}


def _list_parts(result: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """List the parts that no check establishes: those of automatic parts are told by their checks."""
    return {
        f"{item}, {part['id']}": part | {"outcome": "pending" if part["pending"] else "marked"}
        for item, entry in result["items"].items()
        for part in entry["parts"]
        if part["kind"] != "automatic"
    }


def _pair(
    old: dict[str, dict[str, Any]], new: dict[str, dict[str, Any]]
) -> Iterator[tuple[str, dict[str, Any] | None, dict[str, Any] | None]]:
    for what in {**old, **new}:
        yield what, old.get(what), new.get(what)


def _differs(before: dict[str, Any] | None, after: dict[str, Any] | None) -> bool:
    if before is None or after is None:
        return True
    return any(before.get(key) != after.get(key) for key in ("outcome", "score", "max_score", "pending"))


def _describe(
    key: str, what: str, before: dict[str, Any] | None, after: dict[str, Any] | None, reason: str
) -> Change:
    return Change(
        key,
        what,
        None if before is None else before["score"],
        None if after is None else after["score"],
        _say(before),
        _say(after),
        reason,
    )


def _say(entry: dict[str, Any] | None) -> str:
    if entry is None:
        return "not in the rubric"
    rationale = " ".join(str(entry.get("rationale", "")).split())
    return f"{entry['outcome']}: {rationale}" if rationale else str(entry["outcome"])
