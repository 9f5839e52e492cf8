"""The grading report: what a submission earned, and why."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from report_template.attachments import dump_results, make_plain
from report_template.grading_closing import make_closing
from report_template.grading_evidence import make_evidence
from report_template.grading_summary import make_summary
from report_template.pages import Furniture, Story, write_document
from report_template.verdicts import headline, is_weak, summarize


def _hash_submission(result: Mapping[str, Any]) -> str:
    """Shorten the submission's hash, or combine those of its files."""
    known = (result.get("submission") or {}).get("sha256")
    if known:
        return str(known)[:16]
    files = (result.get("submission") or {}).get("files") or ()
    text = "\n".join(sorted(f"{file.get('sha256')} {file.get('name')}" for file in files))
    return (
        hashlib.sha256(text.encode("utf-8", errors="backslashreplace")).hexdigest()[:16] if files else "none"
    )


def _furnish(result: Mapping[str, Any]) -> Furniture:
    assignment = str(result.get("assignment") or "Homework 4")
    submission = result.get("submission") or {}
    name = str(submission.get("name") or "unnamed submission")
    student = submission.get("student") or {}
    person = ", ".join(str(student[key]) for key in ("name", "netid") if student.get(key))
    versions = (result.get("provenance") or {}).get("versions") or {}
    version = next(
        (str(versions[key]) for key in ("hw4-grader", "hw4_grader", "hw4-grade") if key in versions), ""
    )
    return Furniture(
        title=f"{assignment}: grading report, {name}",
        author="hw4-grade",
        subject=f"{name}: {headline(result)}",
        header=assignment,
        owner=f"{person} · {name}" if person and person != name else name,
        footer=f"hw4-grade {version} · submission sha256 {_hash_submission(result)}",
        stamp="WEAK ISOLATION" if is_weak(result) else "",
    )


def build_grading_report(result: dict[str, Any], evidence: dict[str, Any], path: Path) -> None:
    """Write the grading report of one submission as a PDF.

    The same input gives the same bytes, with the same versions of the libraries.

    Args:
        result: The results as in ``results.json``, schema version 1. They are attached to the PDF
            without ``provenance.wall_seconds``.
        evidence: What the results rest on, as plain data; every part may be missing, then a note
            stands in its place:

            - ``runs``: by item (``"lab1.b"`` to ``"lab1.g"``) a list of up to four runs, each with
              ``label``, ``strength`` (a number or None), ``loss`` ``(steps + 1,)``, ``weights``
              ``(steps + 1, d)``, ``reference_loss`` and ``reference_weights``; values may be infinite
              or nan, and a run may be short.
            - ``staircase``: ``bits``, a list; ``w``, float weights ``(n,)``; ``wq`` and
              ``reference``, by bits, ``(n,)``.
            - ``listing``: the class STE, as ``file``, ``first_line`` and ``source``.
            - ``sources``: by function the same three; shown where its checks failed.
            - ``answers``: by item a list of (label, text) that a person marks, where the results'
              parts hold no text.
            - ``lab2``: None, or by item a list of tables (``title``, ``columns``, ``rows``, ``note``)
              and of plots: ``plot`` is ``"accuracies"``, with ``before``, ``after`` (fractions by bits)
              and ``float_accuracy``, or ``"tradeoff"``, with ``schemes``, a list of (label, average
              bits, accuracy).
        path: The PDF to write.

    Raises:
        OSError: The file cannot be written; an older one stays as it was.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "report.pdf"
        ...     build_grading_report({"items": {}, "checks": []}, {}, path)
        ...     path.read_bytes()[:5]
        b'%PDF-'
    """

    def make_story() -> Story:
        return [*make_summary(result), *make_evidence(result, evidence or {}), *make_closing(result)]

    def make_plain_text() -> str:
        facts = json.dumps(make_plain(result), indent=1, ensure_ascii=False)
        return f"{headline(result)}\n{summarize(result)}\n{facts}"

    write_document(
        Path(path), make_story, make_plain_text, _furnish(result), {"results.json": dump_results(result)}
    )
