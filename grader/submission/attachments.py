"""Files attached inside a PDF report: what `hw4 pack` hands in besides the one code file."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable, Mapping
from typing import Any

from grader.submission.collecting import Collection
from grader.submission.files import Submission, SubmittedFile
from grader.submission.names import clean_text, find_role

WANTED = frozenset(("answers", "results", "code", "notebook"))
# Handed in as the one code file, under another name: what lies beside the report counts.
LAB1_FILE = "lab1.py"

Ask = Callable[[bytes], Any]


def add_attachments(submission: Submission, ask: Ask, fault: type[Exception]) -> Submission:
    """Add what is attached inside the report to the files of a submission.

    What was handed in beside the report counts more: an attachment is left out where a file of its
    name or of its content is there, and Lab 1's code where any code is.

    Args:
        submission: What was handed in.
        ask: Has a confined reader take the attachments out of a PDF; returns contents by name.
        fault: What ``ask`` raises when the PDF broke the reader.

    Returns:
        The submission with the attachments as files ``<report>/<name>``.
    """
    report = submission.report
    if report is None or b"%PDF-" not in report.content[:1024]:
        return submission
    try:
        found = ask(report.content)
    except fault as error:
        note = f"{report.display_name}: its attachments cannot be read ({clean_text(str(error), 200)})"
        return dataclasses.replace(submission, notes=(*submission.notes, note))
    attached = _choose(submission, found if isinstance(found, Mapping) else {})
    if not attached:
        return submission
    collection = Collection()
    for file in submission.files:
        _add(collection, file.name, file.content)
    for name, content in attached.items():
        _add(collection, f"{report.name}/{name}", content)
    files, notes = collection.finish()
    told = f"read from inside {report.display_name}: {', '.join(clean_text(name, 60) for name in attached)}"
    notes = (*submission.notes, *notes, told)
    has_code = any(file.role in ("code", "notebook") for file in files)
    if has_code and not submission.with_role("code", "notebook"):
        notes = tuple(note for note in notes if not note.startswith("found no code"))
    return dataclasses.replace(submission, files=files, notes=notes)


def _add(collection: Collection, name: str, content: bytes) -> None:
    collection.add(tuple(name.split("/")), len(content), io.BytesIO(content).read)


def _choose(submission: Submission, found: Mapping[Any, Any]) -> dict[str, bytes]:
    names = {_base(file) for file in submission.files}
    contents = {file.content for file in submission.files}
    has_code = bool(submission.with_role("code", "notebook"))
    chosen: dict[str, bytes] = {}
    for name, content in found.items():
        if not isinstance(name, str) or not isinstance(content, bytes) or "/" in name or "\\" in name:
            continue
        role = find_role((name,))
        is_lab1 = name.lower() == LAB1_FILE or role == "notebook"
        if role not in WANTED or name.lower() in names or content in contents or (is_lab1 and has_code):
            continue
        chosen[name] = content
    return chosen


def _base(file: SubmittedFile) -> str:
    return file.name.rpartition("/")[2].lower()
