"""Write what Gradescope reads: ``results.json`` of one submission."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from grader.errors import UsageError
from grader.feedback import hide_answers
from grader.gradebook.formats.marks import Notes, demand_sound, written_whole
from grader.gradebook.records import ClassDownload, Mark
from grader.submission.names import clean_text

FILE_NAME = "results.json"
MAX_LINES, MAX_LINE = 200, 1000
OUR_FAULT = (
    "The autograder failed: this is our fault, not yours. There is no score yet, and nothing is lost: "
    "the course staff sees the reason and runs it again."
)
_COMMON = {"output_format": "text", "test_output_format": "text", "test_name_format": "text"}
_VISIBLE = {"visibility": "visible", "stdout_visibility": "hidden"}


def build_results(result: dict[str, Any], remarks: Iterable[str] = ()) -> dict[str, Any]:
    """Build ``results.json`` from a result, as the student may see it.

    There is one test per rubric item. Where a check of ours failed, there is no score at all: a
    number that is too low would stand in the student's gradebook.

    Args:
        result: As in our own ``results.json``; answers are hidden here.
        remarks: Further lines for the head.

    Returns:
        What Gradescope reads.
    """
    shown = hide_answers(result)
    complete = result["status"] == "graded"
    tests = []
    for identity, item in shown["items"].items():
        test = _describe_test(identity, item["title"], _explain(shown, identity, item))
        if complete:
            test |= {"score": round(item["score"], 4), "max_score": item["max_score"]}
        else:
            test["status"] = "passed" if item["score"] >= item["max_score"] else "failed"
        tests.append(test)
    return _assemble(
        [*([] if complete else [OUR_FAULT]), *_summarize(shown), *remarks],
        tests,
        round(shown["score"], 4) if complete else None,
        {
            "submission_sha256": shown["submission"]["sha256"],
            "pending": shown["pending"],
            "isolation": shown["sandbox"]["level"],
            "versions": shown["provenance"]["versions"],
        },
    )


def build_failure(reason: str) -> dict[str, Any]:
    """Build ``results.json`` of a submission that could not be graded through our fault.

    Args:
        reason: Why, for the staff; students do not see it.

    Examples:
        >>> failure = build_failure("no space left")
        >>> "score" in failure, failure["tests"][0]["status"], failure["extra_data"]["reason"]
        (False, 'failed', 'no space left')
    """
    test = {
        "name": "The autograder failed: our fault",
        "status": "failed",
        "output": OUR_FAULT,
        "visibility": "visible",
    }
    return _assemble([OUR_FAULT], [test], None, {"reason": _clean(reason)})


def write_gradescope(marks: Sequence[Mark], download: ClassDownload | None, out: Path) -> Notes:
    """Write ``results.json`` of one mark.

    Args:
        marks: One mark.
        download: Not used.
        out: The file to write.

    Returns:
        Notes.

    Raises:
        UsageError: There is more than one mark.
        StaffError: The mark is unsound.
    """
    del download
    demand_sound(marks)
    if len(marks) > 1:
        raise UsageError(
            f"export to Gradescope: found {len(marks)} marks, expected the one of a submission",
            hint="name the student with --only KEY",
        )
    (mark,) = marks
    lines = [mark.comment, *([f"{mark.pending:g} points are still to be marked."] if mark.pending else [])]
    tests = [
        _describe_test(item, item, "") | {"score": round(points, 4)} for item, points in mark.items.items()
    ]
    for test in tests:
        test["status"] = "passed" if test["score"] else "failed"
        test["output"] = f"{test.pop('score'):g} points"
    results = _assemble(lines, tests, round(mark.score, 4), {"pending": mark.pending})
    with written_whole(out) as temporary:
        temporary.write_bytes(dump_results(results))
    return (f"results.json of {mark.key}: {mark.score:g} of {mark.max_score:g}",)


def dump_results(results: Mapping[str, Any]) -> bytes:
    """Write results as JSON in ASCII, with Unix line ends."""
    return (json.dumps(results, indent=1, allow_nan=False) + "\n").encode("ascii")


def _describe_test(number: str, name: str, output: str) -> dict[str, Any]:
    return {
        "number": number,
        "name": _clean(name),
        "name_format": "text",
        "output": output,
        "output_format": "text",
        "visibility": "visible",
        "tags": [number.split(".", maxsplit=1)[0]],
    }


def _assemble(
    lines: Iterable[str], tests: list[dict[str, Any]], score: float | None, extra: Mapping[str, Any]
) -> dict[str, Any]:
    head = {} if score is None else {"score": score}
    return {
        **head,
        "output": _clean("\n".join(lines)),
        **_COMMON,
        **_VISIBLE,
        "extra_data": dict(extra),
        "tests": tests,
    }


def _explain(result: Mapping[str, Any], identity: str, item: Mapping[str, Any]) -> str:
    """Say how the points of an item came about: parts, then the checks that did not pass."""
    lines = []
    for part in item["parts"]:
        owed = f", {part['pending']:g} to be marked by a person" if part["pending"] else ""
        lines.append(f"{part['title']}: {part['score']:g} of {part['max_score']:g}{owed}")
        if part["rationale"]:
            lines += [f"  {line}" for line in part["rationale"].split("\n")]
    for check in result["checks"]:
        if check["item"] != identity or check["outcome"] == "passed":
            continue
        lines += ["", f"{check['outcome']}: {check['claim'] or check['name']}"]
        labels = {"call": "call", "got": "got", "rationale": "why", "hint": "hint"}
        lines += [f"  {label:5}{check[key]}" for key, label in labels.items() if check[key]]
    return _clean("\n".join(lines))


def _summarize(result: Mapping[str, Any]) -> list[str]:
    lines = [f"{result['score']:g} of {result['max_score']:g} points so far"]
    if result["pending"]:
        lines.append(f"{result['pending']:g} points are still to be marked by a person")
    lines += [
        f"{policy['name']}: {policy['points']:+g} points, {policy['rationale']}"
        for policy in result["policies"]
        if policy["applied"]
    ]
    return [*lines, *(f"note: {note}" for note in result["submission"]["notes"])]


def _clean(text: str) -> str:
    """Make text fit to show: no control characters, no line that is too long, not too many."""
    lines = text.split("\n")
    kept = [clean_text(line, MAX_LINE) for line in lines[:MAX_LINES]]
    return "\n".join([*kept, *(["…"] if len(lines) > MAX_LINES else [])])
