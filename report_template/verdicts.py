"""What the points say in words: the state of an item and the sentence at the top."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from report_template.styles import FAIL, OURS, PASS, PENDING, QUIET

Data = Mapping[str, Any]
TRUE_FALSE = tuple(f"1.{number}" for number in range(1, 11))
STRONG_LEVELS = ("A", "B", "B'")


@dataclass(frozen=True)
class State:
    """A state in words, with its colour."""

    word: str
    colour: str


PASSED = State("pass", PASS)
WAITING = State("pending", PENDING)
LOST = State("fail", FAIL)
NOT_GRADED = State("not graded: our fault", OURS)
NOT_RUN = State("skipped", QUIET)
BY_OUTCOME = {"passed": PASSED, "failed": LOST, "error": NOT_GRADED, "skipped": NOT_RUN}


def number(value: Any) -> float:
    """Read a number; what is none counts 0."""
    return float(value) if isinstance(value, int | float) else 0.0


def points(value: Any) -> str:
    """Write points with the decimals that are needed, at most two.

    Examples:
        >>> points(7.0), points(1.5), points(86.125)
        ('7', '1.5', '86.12')
    """
    return f"{number(value):.2f}".rstrip("0").rstrip(".")


def ratio(entry: Data) -> str:
    """Write the points of an item or a part over those it is out of.

    Examples:
        >>> ratio({"score": 4.5, "max_score": 10.0})
        '4.5 / 10'
    """
    return f"{points(entry.get('score'))} / {points(entry.get('max_score'))}"


def name_item(item: str) -> str:
    """Name a rubric item as the assignment does.

    Examples:
        >>> name_item("lab1.c"), name_item("1.3")
        ('Lab 1 (c)', '1.3')
    """
    lab, _, letter = item.partition(".")
    return f"Lab {lab[3:]} ({letter})" if lab.startswith("lab") else item


def checks_of(result: Data, item: str) -> list[Data]:
    """List the checks of an item, those that did not pass first."""
    found = [check for check in result.get("checks") or () if check.get("item") == item]
    order = ("failed", "error", "skipped", "passed")
    return sorted(
        found, key=lambda check: order.index(check["outcome"]) if check.get("outcome") in order else 0
    )


def judge_item(result: Data, item: str) -> State:
    """Judge an item: our fault before the student's loss before what a person owes."""
    entry = (result.get("items") or {}).get(item) or {}
    if any(check.get("outcome") == "error" for check in checks_of(result, item)):
        return NOT_GRADED
    score, pending = number(entry.get("score")), number(entry.get("pending"))
    if score + pending < number(entry.get("max_score")) - 1e-9:
        return LOST
    return WAITING if pending > 0 else PASSED


def describe_item(result: Data, item: str) -> str:
    """Say in a few words how an item was judged."""
    entry = (result.get("items") or {}).get(item) or {}
    checks = checks_of(result, item)
    words = []
    for outcome, phrase in (("failed", "failed"), ("error", "not run, our fault"), ("skipped", "skipped")):
        count = sum(check.get("outcome") == outcome for check in checks)
        if count:
            words.append(f"{count} of {len(checks)} checks {phrase}")
    if checks and not words:
        words.append(f"{len(checks)} of {len(checks)} checks passed")
    if number(entry.get("pending")) > 0:
        words.append(f"{points(entry.get('pending'))} to be marked by a person")
    missing = [
        part.get("title") or part.get("id", "")
        for part in entry.get("parts") or ()
        if part.get("kind") != "automatic"
        and number(part.get("score")) + number(part.get("pending")) < number(part.get("max_score"))
    ]
    if missing:
        words.append("points lost in " + ", ".join(map(str, missing)))
    return "; ".join(words) or "no check"


def was_graded(result: Data) -> bool:
    """Tell whether any check was run to a verdict on the student's work."""
    checks = result.get("checks") or ()
    if not checks:
        return bool(result.get("items"))
    return any(check.get("outcome") in ("passed", "failed") for check in checks)


def is_weak(result: Data) -> bool:
    """Tell whether the submission ran in less isolation than grading demands."""
    sandbox = result.get("sandbox") or {}
    return bool(sandbox) and sandbox.get("level") not in STRONG_LEVELS


def possible_total(result: Data) -> float:
    """Compute the total if a person gives every pending point; penalties stay fractions."""
    cap, raw = number(result.get("max_score")) or 100.0, number(result.get("raw_score"))
    best = min(cap, raw + number(result.get("pending")))
    now = min(cap, raw)
    return best * number(result.get("score")) / now if now > 0 else best


def headline(result: Data) -> str:
    """Write the verdict of the title."""
    if not was_graded(result):
        return "not graded: our fault"
    total = f"{points(result.get('score'))} / {points(result.get('max_score') or 100)}"
    return total + (" so far" if number(result.get("pending")) > 0 else "")


def summarize(result: Data) -> str:
    """Write what a reader must know first, in at most some 40 words."""
    checks = result.get("checks") or ()
    failed = sum(check.get("outcome") == "failed" for check in checks)
    errors = sum(check.get("outcome") == "error" for check in checks)
    pending = number(result.get("pending"))
    sentences = []
    if not was_graded(result):
        sentences.append(
            "The grader could not run the checks. "
            "This says nothing about the submission; it will be graded again."
        )
    else:
        sentences.append(
            f"{failed} of {len(checks)} automatic checks failed."
            if failed
            else f"No automatic check failed ({len(checks)})."
        )
        if errors:
            sentences.append(f"{errors} could not be run: our fault, no points lost.")
    if pending > 0:
        sentences.append(
            f"{points(pending)} points wait for a person; "
            f"the total can reach {points(possible_total(result))}."
        )
    sentences += [
        f"Applied: {policy.get('rationale', '')} ({points(policy.get('points'))} points)."
        for policy in result.get("policies") or ()
        if policy.get("applied")
    ]
    return " ".join(sentences)
