"""What the gradebook and the formats of the LMS exchange."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from grader.submission import Submission


@dataclass(frozen=True, slots=True)
class HandedIn:
    """One student's upload in a class, not read yet.

    Attributes:
        key: What identifies the student in the LMS: the eid (Sakai), the numeric user id (Canvas), the
            participant id (Moodle), the submission id where grading is anonymous, the name of the
            folder or file elsewhere. Unique within a class.
        name: The student's name as the LMS shows it; empty where grading is anonymous.
        read: Reads the upload; it raises `grader.errors.UsageError` where it cannot be read.
        submitted_at: When it was handed in, as the LMS tells; None when it does not.
        origin: What the LMS needs to take a mark back (names of folders, ids), text to text.
    """

    key: str
    name: str
    read: Callable[[], Submission]
    submitted_at: datetime | None = None
    origin: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClassDownload:
    """Everything that a path holds for grading: a class, or loose submissions.

    Attributes:
        lms: ``"sakai"``, ``"canvas"``, ``"moodle"``, ``"gradescope"``, or ``"paths"`` for loose ones.
        path: Where it was read from.
        handed_in: The uploads, ordered by key.
        notes: What the reader should know: students without an upload, entries that were refused.
        files: Files of the LMS that an export is based on, by name, such as ``grades.csv``, as bytes.
    """

    lms: str
    path: Path
    handed_in: tuple[HandedIn, ...]
    notes: tuple[str, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mark:
    """A student's final mark, as it goes back to the LMS.

    Attributes:
        key: As in `HandedIn`.
        name: As in `HandedIn`.
        score: Points after policies, automatic and human ones together.
        max_score: The cap.
        pending: Points that a person still owes.
        comment: What the student is told, plain text.
        report: The PDF for the student; None where there is none.
        origin: As in `HandedIn`.
        items: Points by rubric item.
    """

    key: str
    name: str
    score: float
    max_score: float
    pending: float
    comment: str
    report: Path | None
    origin: Mapping[str, str] = field(default_factory=dict)
    items: Mapping[str, float] = field(default_factory=dict)
