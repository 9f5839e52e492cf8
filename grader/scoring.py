"""From outcomes to points: items, totals and policies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from grader.errors import StaffError
from grader.outcomes import CheckResult
from grader.rubric import Item, Part, Rubric


@dataclass(frozen=True, slots=True)
class Claim:
    """A number that the student reported, and what the grader found.

    Attributes:
        verified: True when the reported value is what the grader finds; None leaves it to a person.
        text: The reported value as text; empty when nothing was reported.
        rationale: What was compared with what.
    """

    verified: bool | None
    text: str
    rationale: str


@dataclass(frozen=True, slots=True)
class Written:
    """What the student wrote, apart from code.

    Attributes:
        texts: Text by item and key, as in ``answers.toml``.
        claims: Reported numbers by item and name.
        has_report: Whether a PDF was handed in, where texts may stand that ``answers.toml`` lacks.
    """

    texts: dict[tuple[str, str], str]
    claims: dict[tuple[str, str], Claim]
    has_report: bool


@dataclass(frozen=True, slots=True)
class Policies:
    """What is applied to the total.

    Attributes:
        cap: The largest total.
        zip_penalty: Fraction deducted for a zip upload.
        zipped: Whether the upload was a zip.
        late_penalty_per_day: Fraction deducted per started day.
        due: The due date.
        submitted_at: When the submission arrived; None when nobody knows.
    """

    cap: float
    zip_penalty: float
    zipped: bool
    late_penalty_per_day: float
    due: datetime
    submitted_at: datetime | None


def demand_every_outcome(rubric: Rubric, checks: list[CheckResult]) -> None:
    """Refuse a list of outcomes that is not one per check of the rubric.

    Raises:
        StaffError: A check is missing, unknown or there twice. A missing outcome would else read
            as zero points.
    """
    names = [check.name for check in checks]
    expected = set(rubric.checks)
    problems = [
        ("no outcome", sorted(expected - set(names))),
        ("an outcome of a check that the rubric does not know", sorted(set(names) - expected)),
        ("two outcomes", sorted({name for name in names if names.count(name) > 1})),
    ]
    for what, affected in problems:
        if affected:
            raise StaffError(
                f"hidden suites: found {what} for {', '.join(affected)}",
                hint="every check of grader/rubric.toml needs exactly one test in grader/suites",
            )


def _score_automatic(part: Part, checks: dict[str, CheckResult]) -> dict[str, Any]:
    own = [checks[name] for name in part.checks]
    return {
        "score": sum(check.score for check in own),
        "pending": sum(check.pending for check in own),
        "rationale": "\n".join(f"{check.name}: {check.rationale}" for check in own if check.pending),
        "text": "",
    }


def _score_human(item: Item, part: Part, written: Written) -> dict[str, Any]:
    text = written.texts.get((item.id, part.answer), "").strip()
    if text:
        return {"score": 0.0, "pending": part.points, "rationale": "to be marked by a person", "text": text}
    if written.has_report:
        rationale = "to be marked by a person from the PDF: answers.toml has no text here"
        return {"score": 0.0, "pending": part.points, "rationale": rationale, "text": ""}
    rationale = "found no text in answers.toml and no PDF report"
    return {"score": 0.0, "pending": 0.0, "rationale": rationale, "text": ""}


def _score_claims(item: Item, part: Part, written: Written) -> dict[str, Any]:
    score = pending = 0.0
    rationales, texts = [], []
    for name, points in part.claims.items():
        claim = written.claims.get((item.id, name))
        if claim is not None and claim.text:
            texts.append(f"{name} = {claim.text}")
            rationales.append(f"{name}: {claim.rationale}")
            if claim.verified:
                score += points
            else:
                pending += points
        elif written.has_report:
            rationales.append(f"{name}: not in answers.toml; to be read from the PDF by a person")
            pending += points
        else:
            rationales.append(f"{name}: found no reported value and no PDF report")
    return {"score": score, "pending": pending, "rationale": "\n".join(rationales), "text": "\n".join(texts)}


def score_items(rubric: Rubric, checks: list[CheckResult], written: Written) -> dict[str, dict[str, Any]]:
    """Score every item of the rubric.

    Args:
        rubric: The rubric.
        checks: One outcome per check.
        written: What the student wrote.

    Returns:
        By item: title, score, max_score, pending and the parts, as in ``results.json``.

    Raises:
        StaffError: The outcomes are not one per check.
    """
    demand_every_outcome(rubric, checks)
    by_name = {check.name: check for check in checks}
    items: dict[str, dict[str, Any]] = {}
    for item in rubric.items:
        parts: list[dict[str, Any]] = []
        for part in item.parts:
            if part.kind == "automatic":
                marks = _score_automatic(part, by_name)
            elif part.kind == "human":
                marks = _score_human(item, part, written)
            else:
                marks = _score_claims(item, part, written)
            parts.append(
                {"id": part.id, "title": part.title, "kind": part.kind, "max_score": part.points} | marks
            )
        items[item.id] = {
            "title": item.title,
            "score": round(sum(part["score"] for part in parts), 6),
            "max_score": item.max_score,
            "pending": round(sum(part["pending"] for part in parts), 6),
            "bonus": item.bonus,
            "parts": parts,
        }
    return items


def count_late_days(due: datetime, submitted_at: datetime) -> int:
    """Count the started days after the due date.

    Examples:
        >>> from datetime import timedelta, timezone
        >>> due = datetime(2020, 10, 15, 23, 55, tzinfo=timezone.utc)
        >>> [count_late_days(due, due + timedelta(hours=h)) for h in (-1, 0, 1, 25)]
        [0, 0, 1, 2]
    """
    return max(0, math.ceil((submitted_at - due).total_seconds() / 86400))


def apply_policies(items: dict[str, dict[str, Any]], policies: Policies) -> dict[str, Any]:
    """Compute the total and apply the cap, then the penalties.

    The penalties are fractions of the grade, so they apply after the cap.

    Args:
        items: As returned by `score_items`.
        policies: What applies.

    Returns:
        ``raw_score``, ``score``, ``max_score``, ``pending`` and the list ``policies``.
    """
    raw = round(sum(item["score"] for item in items.values()), 6)
    pending = round(sum(item["pending"] for item in items.values()), 6)
    capped = min(raw, policies.cap)
    deducted_zip = capped * policies.zip_penalty if policies.zipped else 0.0
    days = count_late_days(policies.due, policies.submitted_at) if policies.submitted_at else 0
    deducted_late = min(capped - deducted_zip, capped * policies.late_penalty_per_day * days)
    due = policies.due.strftime("%Y-%m-%d %H:%M %Z")
    if policies.submitted_at is None:
        lateness = f"the time of submission is not known (due {due})"
    else:
        arrived = policies.submitted_at.astimezone(policies.due.tzinfo).strftime("%Y-%m-%d %H:%M %Z")
        lateness = f"submitted {arrived}, due {due}" + (
            f": {days} started day(s) late" if days else ": on time"
        )
    fraction = f"{policies.zip_penalty:.0%}"
    return {
        "raw_score": raw,
        "score": round(capped - deducted_zip - deducted_late, 4),
        "max_score": policies.cap,
        "pending": pending,
        "policies": [
            _policy("cap", raw > policies.cap, capped - raw, f"the total cannot exceed {policies.cap:g}"),
            _policy(
                "zip",
                policies.zipped,
                -deducted_zip,
                f"uploaded in a zip file: {fraction} of the grade is deducted"
                if policies.zipped
                else "the upload was not a zip file",
            ),
            _policy("late", days > 0, -deducted_late, lateness),
        ],
    }


def _policy(name: str, applied: bool, points: float, rationale: str) -> dict[str, Any]:
    return {"name": name, "applied": applied, "points": round(points, 4) + 0.0, "rationale": rationale}
