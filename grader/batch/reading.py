"""What the paths on the command line hold: one submission, or a class."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from pathlib import Path

from grader.errors import UsageError
from grader.gradebook.formats.reading import read_class
from grader.gradebook.records import ClassDownload, HandedIn


def read_paths(paths: tuple[Path, ...]) -> ClassDownload:
    """Read everything that was named, as one class.

    Args:
        paths: Submissions, folders of them, or downloads of an LMS.

    Returns:
        The uploads of all of them. Where two loose ones bear the same name, the folders that they lie
        in are put before it.

    Raises:
        UsageError: A path cannot be read, or two downloads of an LMS hold the same student.
    """
    downloads = [_leave_out_results(read_class(path)) for path in paths]
    if len(downloads) == 1:
        return downloads[0]
    lms = {download.lms for download in downloads}
    handed_in = [
        replace(entry, origin={"path": str(download.path)} | dict(entry.origin))
        for download in downloads
        for entry in download.handed_in
    ]
    if lms == {"paths"}:
        handed_in = [
            replace(entry, key=key) for entry, key in zip(handed_in, _tell_apart(downloads), strict=True)
        ]
    twice = sorted(key for key, count in Counter(entry.key for entry in handed_in).items() if count > 1)
    if twice:
        raise UsageError(
            f"found {', '.join(twice[:5])} in more than one of the paths, expected every student once",
            hint="grade the downloads one after the other: the later upload then counts",
        )
    return ClassDownload(
        lms=lms.pop() if len(lms) == 1 else "paths",
        path=Path(os.path.commonpath([path.resolve() for path in paths])),
        handed_in=tuple(sorted(handed_in, key=lambda entry: entry.key)),
        notes=tuple(note for download in downloads for note in download.notes),
        files={name: content for download in downloads for name, content in download.files.items()},
    )


def _leave_out_results(download: ClassDownload) -> ClassDownload:
    """Leave out folders of our own results: those of single submissions lie beside them."""
    if download.lms != "paths" or len(download.handed_in) < 2:
        return download
    kept: list[HandedIn] = []
    ours: list[HandedIn] = []
    for entry in download.handed_in:
        folder = download.path / entry.key
        is_ours = entry.key.endswith("-results") and (folder / "results.json").is_file()
        (ours if is_ours else kept).append(entry)
    notes = (f"left out, results of an earlier grading: {', '.join(entry.key for entry in ours)}",)
    return replace(download, handed_in=tuple(kept), notes=download.notes + notes) if ours else download


def is_single(download: ClassDownload) -> bool:
    """Tell whether a path held one plain submission."""
    return download.lms == "paths" and len(download.handed_in) == 1


def choose_folder(download: ClassDownload, out: Path | None) -> Path:
    """Choose the folder for the results of a class: beside what was read, unless one was named.

    Examples:
        >>> choose_folder(ClassDownload("sakai", Path("/tmp/hw4.zip"), ()), None)
        PosixPath('/tmp/hw4-results')
    """
    if out is not None:
        return out
    path = download.path.resolve()
    return path.parent / f"{path.stem if path.suffix.lower() == '.zip' else path.name or 'class'}-results"


def _tell_apart(downloads: list[ClassDownload]) -> list[str]:
    """Name loose submissions by as much of their path as tells them apart."""
    entries: list[tuple[HandedIn, Path]] = [
        (entry, download.path.resolve()) for download in downloads for entry in download.handed_in
    ]
    names = [entry.key for entry, _ in entries]
    counts = Counter(names)
    longer = [
        f"{path.parent.name}/{name}" if counts[name] > 1 else name
        for name, (_, path) in zip(names, entries, strict=True)
    ]
    counts = Counter(longer)
    return [str(path) if counts[name] > 1 else name for name, (_, path) in zip(longer, entries, strict=True)]
