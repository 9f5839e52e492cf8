"""Writing down what arrived and what came of it: downloads, uploads, results."""

from __future__ import annotations

import contextlib
import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from grader.gradebook.records import ClassDownload, HandedIn
from grader.gradebook.store import Gradebook
from grader.scoring import Policies
from grader.submission import Submission

GRADED, INCOMPLETE, REFUSED, FAULT = "graded", "incomplete", "refused", "fault"


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """What a result depends on besides the submission.

    Attributes:
        grader: Digest of the grader's sources and of the packages it uses.
        assignment: Digest of the assignment's data and the rubric.
        choices: Data set and further options, as text.
    """

    grader: str
    assignment: str
    choices: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One upload of a student, as the gradebook knows it.

    Attributes:
        id: Its row.
        key: The student.
        sha256: Digest of what was handed in.
        submitted_at: When, ISO 8601; empty when nobody knows.
    """

    id: int
    key: str
    sha256: str
    submitted_at: str


def dump_policies(policies: Policies) -> str:
    """Write policies as text, to be applied again when a person has marked."""
    return json.dumps(
        {
            "cap": policies.cap,
            "zip_penalty": policies.zip_penalty,
            "zipped": policies.zipped,
            "late_penalty_per_day": policies.late_penalty_per_day,
            "due": policies.due.isoformat(),
            "time_zone": str(policies.due.tzinfo),
            "submitted_at": policies.submitted_at.isoformat() if policies.submitted_at else None,
        }
    )


def load_policies(text: str) -> Policies:
    """Read policies as `dump_policies` wrote them."""
    from zoneinfo import ZoneInfo

    data = json.loads(text)
    due = datetime.fromisoformat(data["due"])
    with contextlib.suppress(KeyError, ValueError):  # a fixed offset has no name; it is in the time itself
        due = due.astimezone(ZoneInfo(data["time_zone"]))
    arrived = data["submitted_at"]
    return Policies(
        cap=data["cap"],
        zip_penalty=data["zip_penalty"],
        zipped=data["zipped"],
        late_penalty_per_day=data["late_penalty_per_day"],
        due=due,
        submitted_at=datetime.fromisoformat(arrived) if arrived else None,
    )


def record_download(book: Gradebook, download: ClassDownload) -> int:
    """Write down a download, unless the last one was the same.

    Args:
        book: The gradebook.
        download: What was read.

    Returns:
        The id of its row.
    """
    notes = json.dumps(list(download.notes), ensure_ascii=False)
    files = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(download.files.items())}
    last = book.first("SELECT * FROM downloads ORDER BY at DESC, id DESC LIMIT 1")
    if last is not None and (last["lms"], last["path"], last["notes"]) == (
        download.lms,
        str(download.path),
        notes,
    ):
        kept = book.rows("SELECT name, sha256 FROM download_files WHERE download_id = ?", (last["id"],))
        if {row["name"]: row["sha256"] for row in kept} == files:
            return int(last["id"])
    with book.transaction():
        row = book.add("downloads", lms=download.lms, path=str(download.path), notes=notes)
        for name, digest in files.items():
            content = download.files[name]
            _record_file(book, digest, len(content), content)
            book.add("download_files", download_id=row, name=name, sha256=digest)
    return row


def record_upload(
    book: Gradebook,
    download_id: int,
    handed_in: HandedIn,
    submission: Submission | None,
    refusal: str = "",
) -> Attempt:
    """Write down that a student's upload was seen; nothing is added where nothing changed.

    Args:
        book: The gradebook.
        download_id: The download it was seen in.
        handed_in: Who handed in, and when.
        submission: What was handed in; None where it could not be read.
        refusal: Why it could not be read.

    Returns:
        The attempt, which is now the student's current one.
    """
    arrived = handed_in.submitted_at or (submission.submitted_at if submission else None)
    submitted_at = arrived.isoformat() if arrived else ""
    digest = submission.sha256 if submission else "unread-" + hashlib.sha256(refusal.encode()).hexdigest()
    origin = json.dumps(dict(handed_in.origin), ensure_ascii=False, sort_keys=True)
    with book.transaction():
        student = book.first("SELECT id FROM students WHERE key = ?", (handed_in.key,))
        student_id = int(student["id"]) if student else book.add("students", key=handed_in.key)
        known = book.first(
            "SELECT id FROM attempts WHERE student_id = ? AND sha256 = ? AND submitted_at = ?",
            (student_id, digest, submitted_at),
        )
        if known is not None:
            attempt_id = int(known["id"])
        else:
            attempt_id = book.add("attempts", student_id=student_id, sha256=digest, submitted_at=submitted_at)
            for file in submission.files if submission else ():
                _record_file(book, file.sha256, len(file.content), None)
                book.add(
                    "attempt_files",
                    attempt_id=attempt_id,
                    name=file.display_name,
                    role=file.role,
                    sha256=file.sha256,
                )
        last = book.first(
            "SELECT s.* FROM sightings s JOIN attempts a ON a.id = s.attempt_id WHERE a.student_id = ? "
            "ORDER BY s.at DESC, s.id DESC LIMIT 1",
            (student_id,),
        )
        if last is None or (last["attempt_id"], last["name"], last["origin"]) != (
            attempt_id,
            handed_in.name,
            origin,
        ):
            book.add(
                "sightings",
                attempt_id=attempt_id,
                download_id=download_id,
                name=handed_in.name,
                origin=origin,
            )
    return Attempt(attempt_id, handed_in.key, digest, submitted_at)


def record_result(
    book: Gradebook,
    attempt: Attempt,
    result: Mapping[str, Any],
    policies: str,
    fingerprints: Fingerprints,
    reason: str,
    *,
    readable: bool = True,
    unstable: tuple[str, ...] = (),
) -> None:
    """Add the result of a grading; earlier ones stay.

    Args:
        book: The gradebook.
        attempt: What was graded.
        result: As in ``results.json``.
        policies: What was applied to the total, as `dump_policies` writes it.
        fingerprints: What the result depends on.
        reason: Why it was graded.
        readable: Whether every code file could be read and there was one.
        unstable: Checks that came out differently the second time.
    """
    content = json.dumps(result, ensure_ascii=False).encode("utf-8", "backslashreplace")
    with book.transaction():
        book.add(
            "results",
            attempt_id=attempt.id,
            outcome=GRADED if result["status"] == "graded" else INCOMPLETE,
            result=zlib.compress(content),
            sha256=hashlib.sha256(content).hexdigest(),
            message="",
            policies=policies,
            grader=fingerprints.grader,
            assignment=fingerprints.assignment,
            choices=fingerprints.choices,
            reason=reason,
            readable=int(readable),
            unstable=json.dumps(list(unstable), ensure_ascii=False),
        )


def record_failure(
    book: Gradebook, attempt: Attempt, outcome: str, message: str, fingerprints: Fingerprints, reason: str
) -> None:
    """Add that a grading gave no result: the upload was refused, or we failed.

    Args:
        book: The gradebook.
        attempt: What was to be graded.
        outcome: `REFUSED` or `FAULT`.
        message: What happened.
        fingerprints: What the grading depended on.
        reason: Why it was tried.
    """
    with book.transaction():
        book.add(
            "results",
            attempt_id=attempt.id,
            outcome=outcome,
            result=None,
            sha256="",
            message=message[:4000],
            policies="",
            grader=fingerprints.grader,
            assignment=fingerprints.assignment,
            choices=fingerprints.choices,
            reason=reason,
            readable=0,
            unstable="[]",
        )


def record_export(book: Gradebook, lms: str, path: str, content: bytes, marks: Mapping[str, float]) -> None:
    """Write down what was given to an LMS.

    Args:
        book: The gradebook.
        lms: Which one.
        path: The file that was written.
        content: Its bytes.
        marks: The final score by student.
    """
    with book.transaction():
        book.add(
            "exports",
            lms=lms,
            path=path,
            sha256=hashlib.sha256(content).hexdigest(),
            marks=json.dumps(dict(marks), ensure_ascii=False, sort_keys=True),
        )


def _record_file(book: Gradebook, digest: str, size: int, content: bytes | None) -> None:
    """Add a file once; only files of the LMS keep their content, uploads stay where they are."""
    if book.first("SELECT 1 FROM files WHERE sha256 = ?", (digest,)) is None:
        book.add("files", sha256=digest, bytes=size, content=content)
