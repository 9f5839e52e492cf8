"""Bringing several TAs' gradebooks together: every row once, none changed."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.errors import UsageError
from grader.gradebook.standing import find_folder, list_standings
from grader.gradebook.store import Gradebook

_WITH_ATTEMPT = ("sightings", "results", "human_marks", "overrides", "finetunes")


@dataclass
class MergeOutcome:
    """What a merge brought.

    Attributes:
        added: Rows that were new, by table.
        conflicts: Marks of the same thing that persons disagree on, in words.
    """

    added: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    conflicts: list[str] = field(default_factory=list)


def merge_gradebooks(target: Gradebook, sources: Iterable[Gradebook]) -> MergeOutcome:
    """Add to a gradebook what others hold; merging the same one again adds nothing.

    A row keeps its identity and its time, so the later mark counts wherever it was given.

    Args:
        target: Where everything goes.
        sources: The others; they are only read. Each lies in its folder of results.

    Returns:
        What was added, and where two persons gave different points for the same thing.

    Raises:
        UsageError: A source is the target.
        StaffError: The target cannot be written; nothing of that source is kept.
    """
    outcome = MergeOutcome()
    for source in sources:
        if source.path.resolve() == target.path.resolve():
            raise UsageError(f"{source.path}: found it as source and as target", hint="name another target")
        with target.transaction():
            _Merge(target, source, outcome).go()
        _copy_files(target, source)
    outcome.conflicts = list_conflicts(target)
    return outcome


class _Merge:
    def __init__(self, target: Gradebook, source: Gradebook, outcome: MergeOutcome) -> None:
        self._target = target
        self._source = source
        self._added = outcome.added
        self._attempts: dict[int, int] = {}
        self._downloads: dict[int, int] = {}

    def go(self) -> None:
        self._merge_files()
        students = {row["id"]: self._find_student(row["key"]) for row in self._read("students")}
        for row in self._read("attempts"):
            self._merge_attempt(row, students[row["student_id"]])
        for row in self._read("downloads"):
            row_id = row.pop("id")
            known = self._target.first("SELECT id FROM downloads WHERE uid = ?", (row["uid"],))
            self._downloads[row_id] = known["id"] if known else self._add("downloads", row)
            if known is None:
                for file in self._source.rows(
                    "SELECT * FROM download_files WHERE download_id = ?", (row_id,)
                ):
                    self._add("download_files", dict(file) | {"download_id": self._downloads[row_id]})
        for table in _WITH_ATTEMPT:
            for row in self._read(table):
                row["attempt_id"] = self._attempts[row["attempt_id"]]
                if table == "sightings":
                    row["download_id"] = self._downloads[row["download_id"]]
                self._add_once(table, row)
        for row in self._read("exports"):
            self._add_once("exports", row)

    def _read(self, table: str) -> Iterable[dict[str, Any]]:
        for row in self._source.connection.execute(f"SELECT * FROM {table} ORDER BY id"):  # noqa: S608  # names are ours
            yield dict(row)

    def _add(self, table: str, row: dict[str, Any]) -> int:
        self._added[table] += 1
        return self._target.add(table, **row)

    def _add_once(self, table: str, row: dict[str, Any]) -> None:
        row.pop("id")
        known = self._target.first(f"SELECT 1 FROM {table} WHERE uid = ?", (row["uid"],))  # noqa: S608  # names are ours
        if known is None:
            self._add(table, row)

    def _merge_files(self) -> None:
        for row in self._source.connection.execute("SELECT * FROM files"):
            if self._target.first("SELECT 1 FROM files WHERE sha256 = ?", (row["sha256"],)) is None:
                self._add("files", dict(row))

    def _find_student(self, key: object) -> int:
        known = self._target.first("SELECT id FROM students WHERE key = ?", (key,))
        return int(known["id"]) if known else self._add("students", {"key": key})

    def _merge_attempt(self, row: dict[str, Any], student: int) -> None:
        row_id = row.pop("id")
        known = self._target.first(
            "SELECT id FROM attempts WHERE student_id = ? AND sha256 = ? AND submitted_at = ?",
            (student, row["sha256"], row["submitted_at"]),
        )
        if known is not None:
            self._attempts[row_id] = known["id"]
            return
        self._attempts[row_id] = self._add("attempts", row | {"student_id": student})
        for file in self._source.rows("SELECT * FROM attempt_files WHERE attempt_id = ?", (row_id,)):
            self._add("attempt_files", dict(file) | {"attempt_id": self._attempts[row_id]})


def _copy_files(target: Gradebook, source: Gradebook) -> None:
    """Copy results and report of every student whose result that counts came from the source."""
    uids = {row["uid"] for row in source.rows("SELECT uid FROM results")}
    for standing in list_standings(target):
        if standing.row is None or standing.row["uid"] not in uids:
            continue
        theirs, ours = find_folder(source, standing.key), find_folder(target, standing.key)
        for name in ("results.json", "report.pdf", "evidence.bin", "finetunes.json"):
            if (theirs / name).is_file():
                ours.mkdir(exist_ok=True)
                _copy(theirs / name, ours / name)


def _copy(source: Path, target: Path) -> None:
    partial = target.with_name(f".{target.name}.partial")
    shutil.copyfile(source, partial)
    partial.replace(target)


def list_conflicts(book: Gradebook) -> list[str]:
    """List where different persons gave different points for the same thing; the later mark counts."""
    rows = book.rows(
        "SELECT s.key, m.item, m.part, m.points, m.author, m.at FROM human_marks m "
        "JOIN attempts a ON a.id = m.attempt_id JOIN students s ON s.id = a.student_id "
        "UNION ALL SELECT s.key, o.item, 'decision', o.points, o.author, o.at FROM overrides o "
        "JOIN attempts a ON a.id = o.attempt_id JOIN students s ON s.id = a.student_id ORDER BY 6"
    )
    last: dict[tuple[str, str, str], dict[str, float | None]] = defaultdict(dict)
    for row in rows:
        by_author = last[row["key"], row["item"], row["part"]]
        by_author.pop(row["author"], None)  # the order of the dictionary is the order of time
        by_author[row["author"]] = row["points"]
    return [
        f"{key}, {item or 'the total'}, {part}: {_say_points(by_author)}; the last one counts"
        for (key, item, part), by_author in last.items()
        if len(set(by_author.values())) > 1
    ]


def _say_points(by_author: dict[str, float | None]) -> str:
    return ", ".join(
        f"{'withdrawn' if points is None else f'{points:g}'} by {author}"
        for author, points in by_author.items()
    )
