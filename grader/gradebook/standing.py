"""Where each student stands: the current upload and what its last grading gave."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from grader.errors import StaffError, UsageError
from grader.gradebook.recording import FAULT, REFUSED, Attempt
from grader.gradebook.store import Gradebook

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_RESERVED = ("gradebook", "summary", "marks", "changes", "pending")


@dataclass(frozen=True, slots=True)
class Standing:
    """A student's current upload and its last grading.

    Attributes:
        attempt: The current upload.
        name: The student's name; empty where grading is anonymous.
        origin: What the LMS needs to take a mark back.
        row: The last result's row; None where nothing was graded yet.
    """

    attempt: Attempt
    name: str
    origin: Mapping[str, str]
    row: sqlite3.Row | None = field(repr=False)

    @property
    def key(self) -> str:
        """The student."""
        return self.attempt.key

    @property
    def outcome(self) -> str:
        """``"graded"``, ``"incomplete"``, ``"refused"``, ``"fault"``, or ``"waiting"`` before any grading."""
        return str(self.row["outcome"]) if self.row is not None else "waiting"

    @property
    def problem(self) -> str:
        """Why there is no result; empty where there is one."""
        if self.outcome == "waiting":
            return "not graded yet"
        prefix = {REFUSED: "cannot be read: ", FAULT: "not graded, our fault: "}.get(self.outcome, "")
        return prefix + str(self.row["message"]) if prefix and self.row is not None else ""

    def read_result(self) -> dict[str, Any]:
        """Return the result, as in ``results.json``.

        Raises:
            StaffError: There is none, or it is damaged.
        """
        if self.row is None or self.row["result"] is None:
            raise StaffError(f"{self.key}: has no result ({self.problem})")
        return unpack_result(self.row)


def unpack_result(row: sqlite3.Row) -> dict[str, Any]:
    """Return the result of a row of the gradebook; it is shared, and not to be modified.

    Raises:
        StaffError: It is not what was written.
    """
    return _unpack(row["uid"], row["sha256"], row["result"])


@lru_cache(maxsize=16)  # a table of marks asks for the result of one student row by row
def _unpack(uid: str, sha256: str, packed: bytes) -> dict[str, Any]:
    try:
        content = zlib.decompress(packed)
    except zlib.error as error:
        raise StaffError(f"gradebook: result {uid} is damaged: {error}") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise StaffError(f"gradebook: result {uid} is damaged: its digest differs")
    result: dict[str, Any] = json.loads(content)
    return result


_CURRENT = """
SELECT st.key AS key, a.id AS attempt_id, a.sha256 AS sha256, a.submitted_at AS submitted_at,
       s.name AS name, s.origin AS origin
FROM students st
JOIN attempts a ON a.student_id = st.id
JOIN sightings s ON s.attempt_id = a.id
WHERE s.id = (SELECT s2.id FROM sightings s2 JOIN attempts a2 ON a2.id = s2.attempt_id
              WHERE a2.student_id = st.id ORDER BY s2.at DESC, s2.id DESC LIMIT 1)
"""
_LAST_RESULT = "SELECT * FROM results WHERE attempt_id = ? ORDER BY at DESC, id DESC LIMIT 1"


def list_standings(book: Gradebook) -> Iterator[Standing]:
    """Yield where every student stands, ordered by key, one at a time: results are large."""
    for row in book.rows(f"{_CURRENT} ORDER BY st.key"):
        yield _stand(book, row)


def find_standing(book: Gradebook, key: str) -> Standing:
    """Return where a student stands.

    Raises:
        UsageError: The gradebook knows no such student.
    """
    row = book.first(f"{_CURRENT} AND st.key = ?", (key,))
    if row is None:
        known = [str(found["key"]) for found in book.rows("SELECT key FROM students ORDER BY key LIMIT 6")]
        raise UsageError(
            f"{book.path}: found no student {key!r}, expected one such as {', '.join(known) or '(none yet)'}",
            hint=f"hw4-grade marks {book.path} lists them",
        )
    return _stand(book, row)


def find_last_result(book: Gradebook, attempt: Attempt) -> sqlite3.Row | None:
    """Return the row of an attempt's last grading."""
    return book.first(_LAST_RESULT, (attempt.id,))


def name_folder(key: str) -> str:
    """Name the folder for a student's results, so that no two students share one.

    Examples:
        >>> name_folder("jd123"), name_folder("../Doe, Jané")
        ('jd123', 'Doe_Jan-70e50593')
        >>> name_folder("summary.pdf")
        'summary.pdf-912320bd'
    """
    if _PLAIN.fullmatch(key) and not key.lower().startswith(_RESERVED) and not key.endswith("."):
        return key
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", key).strip("._-")[:48]
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{plain}-{digest}" if plain else f"student-{digest}"


def find_folder(book: Gradebook, key: str) -> Path:
    """Return the folder of a student's results."""
    return book.folder / name_folder(key)


def _stand(book: Gradebook, row: sqlite3.Row) -> Standing:
    attempt = Attempt(int(row["attempt_id"]), str(row["key"]), str(row["sha256"]), str(row["submitted_at"]))
    return Standing(attempt, str(row["name"]), json.loads(row["origin"]), find_last_result(book, attempt))
