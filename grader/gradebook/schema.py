"""The tables of a gradebook, as migrations: each is applied once, in order, and never edited afterwards."""

from __future__ import annotations

APPLICATION_ID = 0x48573447  # "HW4G": what `file` and we tell a gradebook by

_TABLES = """
CREATE TABLE students (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE CHECK (key <> '')
);
CREATE TABLE downloads (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE,
    at TEXT NOT NULL,
    lms TEXT NOT NULL,
    path TEXT NOT NULL,
    notes TEXT NOT NULL
);
CREATE TABLE files (
    sha256 TEXT PRIMARY KEY,
    bytes INTEGER NOT NULL CHECK (bytes >= 0),
    content BLOB
);
CREATE TABLE download_files (
    download_id INTEGER NOT NULL REFERENCES downloads,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL REFERENCES files,
    PRIMARY KEY (download_id, name)
);
CREATE TABLE attempts (
    id INTEGER PRIMARY KEY,
    student_id INTEGER NOT NULL REFERENCES students,
    sha256 TEXT NOT NULL,
    submitted_at TEXT NOT NULL,
    at TEXT NOT NULL,
    UNIQUE (student_id, sha256, submitted_at)
);
CREATE TABLE attempt_files (
    attempt_id INTEGER NOT NULL REFERENCES attempts,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    sha256 TEXT NOT NULL REFERENCES files,
    PRIMARY KEY (attempt_id, name)
);
CREATE TABLE sightings (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE,
    at TEXT NOT NULL,
    attempt_id INTEGER NOT NULL REFERENCES attempts,
    download_id INTEGER NOT NULL REFERENCES downloads,
    name TEXT NOT NULL,
    origin TEXT NOT NULL
);
CREATE INDEX sightings_of_attempt ON sightings (attempt_id);
CREATE TABLE results (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE,
    at TEXT NOT NULL,
    attempt_id INTEGER NOT NULL REFERENCES attempts,
    outcome TEXT NOT NULL CHECK (outcome IN ('graded', 'incomplete', 'refused', 'fault')),
    result BLOB,
    sha256 TEXT NOT NULL,
    message TEXT NOT NULL,
    policies TEXT NOT NULL,
    grader TEXT NOT NULL,
    assignment TEXT NOT NULL,
    choices TEXT NOT NULL,
    reason TEXT NOT NULL,
    readable INTEGER NOT NULL CHECK (readable IN (0, 1)),
    unstable TEXT NOT NULL,
    CHECK ((result IS NULL) = (outcome IN ('refused', 'fault')))
);
CREATE INDEX results_of_attempt ON results (attempt_id, at);
CREATE TABLE human_marks (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE,
    at TEXT NOT NULL,
    attempt_id INTEGER NOT NULL REFERENCES attempts,
    item TEXT NOT NULL,
    part TEXT NOT NULL,
    text_sha256 TEXT NOT NULL,
    points REAL CHECK (points IS NULL OR (points >= 0 AND points <= out_of)),
    out_of REAL NOT NULL,
    author TEXT NOT NULL CHECK (author <> ''),
    reason TEXT NOT NULL
);
CREATE INDEX marks_of_attempt ON human_marks (attempt_id);
CREATE TABLE overrides (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE,
    at TEXT NOT NULL,
    attempt_id INTEGER NOT NULL REFERENCES attempts,
    item TEXT NOT NULL,
    points REAL CHECK (points IS NULL OR points >= 0),
    author TEXT NOT NULL CHECK (author <> ''),
    reason TEXT NOT NULL CHECK (reason <> '')
);
CREATE INDEX overrides_of_attempt ON overrides (attempt_id);
CREATE TABLE exports (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE,
    at TEXT NOT NULL,
    lms TEXT NOT NULL,
    path TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    marks TEXT NOT NULL
);
"""

_FINETUNES = """
CREATE TABLE finetunes (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE,
    at TEXT NOT NULL,
    attempt_id INTEGER NOT NULL REFERENCES attempts,
    item TEXT NOT NULL,
    name TEXT NOT NULL,
    accuracy REAL CHECK (accuracy IS NULL OR (accuracy >= 0 AND accuracy <= 1)),
    words TEXT NOT NULL,
    quantizer TEXT NOT NULL,
    record TEXT NOT NULL
);
CREATE INDEX finetunes_of_attempt ON finetunes (attempt_id);
"""

_FIRST_TABLES = (
    "students",
    "files",
    "downloads",
    "download_files",
    "attempts",
    "attempt_files",
    "sightings",
    "results",
    "human_marks",
    "overrides",
    "exports",
)


TABLES = (*_FIRST_TABLES, "finetunes")


def _forbid_changes(tables: tuple[str, ...]) -> str:
    """Write the triggers that keep every row as it was written."""
    return "\n".join(
        f"CREATE TRIGGER {table}_keeps_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table}: nothing in a gradebook is changed or deleted'); END;"
        for table in tables
        for verb in ("UPDATE", "DELETE")
    )


MIGRATIONS = (_TABLES, _forbid_changes(_FIRST_TABLES), _FINETUNES + _forbid_changes(("finetunes",)))
