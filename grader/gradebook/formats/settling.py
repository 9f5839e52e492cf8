"""Keys that are unique within a class, so that no two students are ever taken for one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from grader.gradebook.records import HandedIn


def settle_keys(handed_in: Iterable[HandedIn], what: str) -> tuple[tuple[HandedIn, ...], list[str]]:
    """Order uploads by key; where several have one key, none keeps it.

    A number is added to each, so that every one is graded and none can pass for another: a mark under
    such a key is known to no LMS, and a person decides.

    Args:
        handed_in: The uploads.
        what: What a key is, for the note.

    Returns:
        The uploads by key, and notes.

    Examples:
        >>> from pathlib import Path
        >>> twice = [HandedIn("jd123", name, lambda: None) for name in ("Doe, Jane", "Roe, Sam")]
        >>> settled, notes = settle_keys(twice, "the id")
        >>> [(upload.key, upload.name) for upload in settled], notes
        ([('jd123 [1]', 'Doe, Jane'), ('jd123 [2]', 'Roe, Sam')],
         ['jd123: the id of 2 uploads; each is graded under a key of its own, look at them'])
    """
    uploads = sorted(handed_in, key=lambda upload: (upload.key, upload.name))
    counts = Counter(upload.key for upload in uploads)
    taken = {key for key, count in counts.items() if count == 1}
    settled: list[HandedIn] = []
    for upload in uploads:
        if counts[upload.key] == 1:
            settled.append(upload)
            continue
        number = 1
        while (candidate := f"{upload.key} [{number}]") in taken:
            number += 1
        taken.add(candidate)
        settled.append(replace(upload, key=candidate))
    notes = [
        f"{key}: {what} of {count} uploads; each is graded under a key of its own, look at them"
        for key, count in sorted(counts.items())
        if count > 1
    ]
    lower = Counter(key.casefold() for key in counts)
    notes += [
        f"{key}: differs from another key in case only; they are two students"
        for key in sorted(counts)
        if lower[key.casefold()] > 1
    ]
    return tuple(sorted(settled, key=lambda upload: upload.key)), notes


def say_names(names: Iterable[str], limit: int = 10) -> str:
    """List names for a sentence, at most so many.

    Examples:
        >>> say_names(["b", "a"]), say_names("abc", limit=2)
        ('a, b', 'a, b and 1 more')
    """
    ordered = sorted(names)
    shown = ", ".join(ordered[:limit])
    return shown if len(ordered) <= limit else f"{shown} and {len(ordered) - limit} more"
