"""What a student is told beside the mark: plain words, no hidden value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

MAX_REASON = 240
MAX_COMMENT = 4000


def write_comment(result: dict[str, Any], notes: Sequence[str] = ()) -> str:
    """Say in plain words what lost points.

    Only reasons and hints are told, which the student may see; the hidden inputs and expected
    values are not.

    Args:
        result: As in ``results.json``, with the marks of persons filled in.
        notes: What persons decided.

    Returns:
        Lines of text: the total, each item that lost points with its reasons, policies, decisions.

    Examples:
        >>> check = {"item": "lab1.e", "name": "lab1.e.threshold_1", "outcome": "failed",
        ...     "function": "soft_threshold", "rationale": "large entries were not shrunk", "hint": ""}
        >>> item = {"title": "l1 by proximal gradient", "score": 3.0, "max_score": 7.0, "pending": 0.0,
        ...     "parts": []}
        >>> print(write_comment({"score": 96.0, "max_score": 100.0, "pending": 0.0,
        ...     "items": {"lab1.e": item}, "checks": [check], "policies": []}))
        96 of 100 points.
        lab1.e, l1 by proximal gradient: 3 of 7.
          soft_threshold: large entries were not shrunk
    """
    lines = [f"{result['score']:g} of {result['max_score']:g} points."]
    if result["pending"]:
        lines.append(f"{result['pending']:g} points are still to be marked by a person.")
    told: set[tuple[str, str]] = set()
    for item, entry in result["items"].items():
        if entry["score"] + entry["pending"] >= entry["max_score"]:
            continue
        lines.append(f"{item}, {entry['title']}: {entry['score']:g} of {entry['max_score']:g}.")
        if "override" in entry:
            continue
        lines += _explain_checks([check for check in result["checks"] if check["item"] == item], told)
        lines += _explain_parts(entry["parts"])
    lines += [
        f"{policy['points']:+g}: {policy['rationale']}." for policy in result["policies"] if policy["applied"]
    ]
    lines += list(notes)
    text = "\n".join(_clean(line) for line in lines)
    if len(text) <= MAX_COMMENT:
        return text
    return text[: MAX_COMMENT - 40].rsplit("\n", 1)[0] + "\nThe rest stands in the report."


def _explain_checks(checks: list[dict[str, Any]], told: set[tuple[str, str]]) -> list[str]:
    lines: list[str] = []
    for check in checks:
        if check["outcome"] not in ("failed", "skipped") or check.get("pending"):
            continue
        what = check["function"] or check["name"].removeprefix(f"{check['item']}.").replace("_", " ")
        reason = _shorten(check["rationale"] or "wrong")
        if (what, reason) in told:
            line = f"  {what}: as said above"
            if line not in lines and not any(other.startswith(f"  {what}: ") for other in lines):
                lines.append(line)
            continue
        told.add((what, reason))
        lines.append(f"  {what}: {reason}")
        if check["hint"]:
            lines.append(f"    how to go on: {_shorten(check['hint'])}")
    return lines


def _explain_parts(parts: list[dict[str, Any]]) -> list[str]:
    return [
        f"  {part['title']}: {part['score']:g} of {part['max_score']:g}"
        + (f", {_shorten(part['rationale'].replace(chr(10), '; '))}" if part["rationale"] else "")
        for part in parts
        if part["kind"] != "automatic" and part["score"] + part["pending"] < part["max_score"]
    ]


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_REASON else line[: MAX_REASON - 1] + "…"


def _clean(line: str) -> str:
    return "".join(character if character.isprintable() else "�" for character in line)
