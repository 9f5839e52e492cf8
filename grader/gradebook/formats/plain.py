"""Write marks as a table for people and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from grader.gradebook.formats.marks import Notes, demand_sound, format_score, written_whole
from grader.gradebook.formats.tables import write_table
from grader.gradebook.records import ClassDownload, Mark


def write_csv(marks: Sequence[Mark], download: ClassDownload | None, out: Path) -> Notes:
    """Write one row per student, with the points of every rubric item.

    Names that a spreadsheet would take for a formula begin with an apostrophe.

    Args:
        marks: The marks.
        download: Not used.
        out: The CSV to write, UTF-8 with a byte order mark, which Excel asks for.

    Returns:
        Notes.

    Raises:
        StaffError: The marks are unsound.
    """
    del download
    demand_sound(marks)
    items = list(dict.fromkeys(item for mark in marks for item in mark.items))
    header = ["key", "name", "score", "max_score", "pending", *items, "comment", "report"]
    rows = [
        [
            mark.key,
            mark.name,
            format_score(mark.score),
            format_score(mark.max_score),
            format_score(mark.pending),
            *(format_score(mark.items[item]) if item in mark.items else "" for item in items),
            mark.comment,
            mark.report.name if mark.report else "",
        ]
        for mark in sorted(marks, key=lambda mark: mark.key)
    ]
    with written_whole(out) as temporary:
        temporary.write_text("\ufeff" + write_table([header, *rows]), encoding="utf-8", newline="\n")
    return (f"{len(rows)} marks",)


def write_json(marks: Sequence[Mark], download: ClassDownload | None, out: Path) -> Notes:
    """Write everything that is known of the marks.

    Args:
        marks: The marks.
        download: Not used.
        out: The JSON file to write.

    Returns:
        Notes.

    Raises:
        StaffError: The marks are unsound.
    """
    del download
    demand_sound(marks)
    listed = [
        {
            "key": mark.key,
            "name": mark.name,
            "score": mark.score,
            "max_score": mark.max_score,
            "pending": mark.pending,
            "items": dict(mark.items),
            "comment": mark.comment,
            "report": str(mark.report) if mark.report else None,
            "origin": dict(mark.origin),
        }
        for mark in sorted(marks, key=lambda mark: mark.key)
    ]
    text = json.dumps({"schema_version": 1, "marks": listed}, indent=1, ensure_ascii=False, allow_nan=False)
    with written_whole(out) as temporary:
        temporary.write_bytes((text + "\n").encode("utf-8", "backslashreplace"))
    return (f"{len(listed)} marks",)
