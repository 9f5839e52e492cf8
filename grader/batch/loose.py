"""Submissions that no LMS packed: one, or a folder of them."""

from __future__ import annotations

import re
from pathlib import Path

from grader.gradebook.records import ClassDownload, HandedIn
from grader.submission import read_submission

_CODE = (".py", ".ipynb")
_HANDED_IN = (*_CODE, ".pdf", ".zip", ".toml")
_EID = re.compile(r"\(([^()]+)\)$")


def read_class(path: Path) -> ClassDownload:
    """Read one submission, or a folder of submissions.

    A folder is a class when nothing that students hand in lies loose in it and two or more of its
    folders hold code, or when it holds nothing but two or more zip files.

    Args:
        path: A submission or a folder of them.

    Returns:
        The uploads.
    """
    members = _list_members(path) if path.is_dir() else []
    if len(members) < 2:
        members = [path]
    return ClassDownload(
        lms="paths",
        path=path,
        handed_in=tuple(
            HandedIn(name_upload(member), "", lambda member=member: read_submission(member))  # type: ignore[misc]
            for member in members
        ),
    )


def name_upload(path: Path) -> str:
    """Name what a path holds: the eid in the name of a folder of Sakai's, or the path's own name.

    Examples:
        >>> name_upload(Path("class/Doe, Jane(jd123)")), name_upload(Path("class/smith.zip"))
        ('jd123', 'smith')
    """
    resolved = path.resolve()
    name = resolved.name if resolved.is_dir() else resolved.stem
    found = _EID.search(name)
    return found.group(1) if found else name


def _list_members(folder: Path) -> list[Path]:
    entries = [entry for entry in sorted(folder.iterdir()) if not entry.name.startswith((".", "__"))]
    loose = [entry for entry in entries if entry.is_file() and entry.suffix.lower() in _HANDED_IN]
    if loose and all(entry.suffix.lower() == ".zip" for entry in loose):
        return loose
    if loose:
        return []
    return [entry for entry in entries if entry.is_dir() and _holds_code(entry)]


def _holds_code(folder: Path) -> bool:
    return any(entry.suffix.lower() in (*_CODE, ".zip") for entry in folder.rglob("*") if entry.is_file())
