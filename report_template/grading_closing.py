"""The end of the grading report: policies, isolation, what was not checked, how to reproduce it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from reportlab.platypus import KeepTogether, Paragraph, Table

from report_template.fonts import MONO, SANS, make_markup, shorten
from report_template.pages import Heading, Story, make_note
from report_template.styles import SHADE, TEXT_WIDTH, colour, styles
from report_template.tables import make_table
from report_template.verdicts import Data, is_weak, number, points

LEVELS = {
    "A": "namespaces of its own, the kernel's access rules (Landlock, seccomp) and limits",
    "B": "the kernel's access rules (Landlock, seccomp) and limits, without namespaces",
    "B'": "an empty root directory, another user, seccomp and limits",
    "C": "another user, seccomp and limits: what every user may read could be read",
    "D": "limits only: nothing kept the code from files and network of its user",
}


def _facts(rows: Iterable[tuple[str, str]], mono: bool = False) -> Table:
    style = styles()["code" if mono else "small"]
    cells = [
        [
            Paragraph(make_markup(name), styles()["head"]),
            Paragraph(make_markup(shorten(text, 700, 10), MONO if mono else SANS), style),
        ]
        for name, text in rows
    ]
    tight = [
        ("TOPPADDING", (0, 0), (-1, -1), 1),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
        ("BACKGROUND", (0, 0), (-1, -1), colour(SHADE)),
    ]
    return make_table(cells, (86.0, TEXT_WIDTH - 86.0), tight)


def _policies(result: Data) -> Story:
    policies = result.get("policies") or ()
    if not policies:
        return [make_note("No policy was recorded.")]
    names = {"cap": "Cap", "zip": "Zip upload", "late": "Lateness"}
    rows = []
    for policy in policies:
        name = str(policy.get("name", ""))
        effect = f"applied, {points(policy.get('points'))} points" if policy.get("applied") else "not applied"
        rows.append((names.get(name, name), f"{policy.get('rationale', '')} ({effect})"))
    return [_facts(rows)]


def _isolation(result: Data) -> Story:
    sandbox = result.get("sandbox") or {}
    if not sandbox:
        return [make_note("No isolation was recorded: nothing of the submission was run.")]
    level = str(sandbox.get("level"))
    failed = [name for name, held in (sandbox.get("self_test") or {}).items() if not held]
    tested = len(sandbox.get("self_test") or {})
    rows = [
        (
            "level",
            f"{level}: {LEVELS.get(level, 'unknown')}" + (" — WEAK ISOLATION" if is_weak(result) else ""),
        ),
        ("in force", ", ".join(map(str, sandbox.get("layers") or ())) or "nothing"),
        ("missing", ", ".join(map(str, sandbox.get("missing") or ())) or "nothing"),
        (
            "self-test",
            f"{tested - len(failed)} of {tested} held" + (f"; not: {', '.join(failed)}" if failed else ""),
        ),
        (
            "kernel",
            f"{sandbox.get('kernel', 'unknown')}, Landlock ABI {sandbox.get('landlock_abi', 'unknown')}",
        ),
    ]
    return [_facts(rows)]


def _not_checked(result: Data) -> list[str]:
    sentences = []
    checks = result.get("checks") or ()
    for outcome, words in (("skipped", "skipped"), ("error", "not run through our fault")):
        names = [str(check.get("name")) for check in checks if check.get("outcome") == outcome]
        if names:
            sentences.append(f"{len(names)} checks {words}: {shorten(', '.join(names), 400, 2)}.")
    if number(result.get("pending")) > 0:
        sentences.append("Texts and reported numbers marked pending: only a person reads them.")
    sentences.append(
        "The PDF that was handed in: it is not read automatically. "
        "Originality: it is not compared with other submissions."
    )
    return sentences


def _reproduction(result: Data) -> Table:
    provenance = result.get("provenance") or {}
    unknown = "kept by the staff" if result.get("level") == "student" else "not recorded"
    versions = ", ".join(
        f"{name} {version}" for name, version in sorted((provenance.get("versions") or {}).items())
    )
    rows = [
        ("command", str(provenance.get("command") or unknown)),
        (
            "seed, device",
            f"{provenance.get('seed', unknown)}, {provenance.get('device', 'not recorded')}",
        ),
        ("versions", versions or "not recorded"),
        ("assignment", f"sha256 {provenance.get('assignment_sha256', 'not recorded')}"),
        ("rubric", f"sha256 {provenance.get('rubric_sha256', 'not recorded')}"),
    ]
    files = (result.get("submission") or {}).get("files") or ()
    for file in files[:12]:
        about = f"{file.get('role', '')}, {file.get('bytes', '?')} bytes, sha256 {file.get('sha256', '?')}"
        rows.append((shorten(str(file.get("name", "")), 40, 1), about))
    if len(files) > 12:
        rows.append(("more files", f"{len(files) - 12} more in results.json"))
    rows.append(
        (
            "wall time",
            "in results.json beside this file; left out here so that the same input gives the same bytes",
        )
    )
    return _facts(rows, mono=True)


def make_closing(result: Data) -> Story:
    """Make the last sections.

    Args:
        result: The results.

    Returns:
        Policies, isolation, what was not checked, and the box that tells how to reproduce it all.
    """
    body: Any = styles()["body"]
    return [
        KeepTogether([Heading("Policies", "h1", "policies", 0), *_policies(result)]),
        KeepTogether([Heading("Isolation in force", "h1", "isolation", 0), *_isolation(result)]),
        Heading("What was not checked", "h1", "not-checked", 0),
        *[Paragraph("• " + make_markup(sentence), body) for sentence in _not_checked(result)],
        KeepTogether([Heading("How to reproduce this", "h1", "reproduction", 0), _reproduction(result)]),
    ]
