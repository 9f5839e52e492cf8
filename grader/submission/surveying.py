"""Have a submission's code surveyed, so that a file that breaks the reader takes no other along."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from grader.submission.limits import MEBIBYTE
from grader.submission.names import clean_text

# A reader has 256 MiB, and needs a few times the size of what it is sent.
MAX_BATCH_BYTES = 24 * MEBIBYTE
# Each may take as long as a reader is waited for.
MAX_FAULTS = 4

Ask = Callable[[dict[str, bytes]], Any]


def survey_sources(sources: Mapping[str, bytes], ask: Ask, fault: type[Exception]) -> dict[str, Any]:
    """Survey code files together, and one by one where that fails.

    Args:
        sources: Their bytes by name, as in `Submission.sources`.
        ask: Has a fresh reader survey files; returns what `grader.worker.survey` replies.
        fault: What ``ask`` raises when the files broke the reader.

    Returns:
        The replies by name; a file that broke its reader is ``unreadable``.

    Examples:
        >>> def ask(files):
        ...     if "bad.py" in files:
        ...         raise ValueError("timed out")
        ...     return dict.fromkeys(files, {"cells": []})
        >>> survey_sources({"lab1.py": b"", "bad.py": b""}, ask, ValueError)
        {'lab1.py': {'cells': []}, 'bad.py': {'unreadable': 'cannot be read: timed out'}}
    """
    replies: dict[str, Any] = {}
    faults = 0
    queue = _split(sources)
    while queue:
        batch = queue.pop(0)
        if faults >= MAX_FAULTS:
            replies |= {name: {"unreadable": "not read: others broke the reader"} for name in batch}
            continue
        try:
            reply = ask(batch)
        except fault as error:
            faults += 1
            if len(batch) > 1:
                queue = [{name: content} for name, content in batch.items()] + queue
            else:
                reason = f"cannot be read: {clean_text(str(error), 200)}"
                replies |= {name: {"unreadable": reason} for name in batch}
        else:
            replies |= reply if isinstance(reply, dict) else {}
    return replies


def _split(sources: Mapping[str, bytes]) -> list[dict[str, bytes]]:
    batches: list[dict[str, bytes]] = []
    size = 0
    for name, content in sorted(sources.items(), key=lambda item: len(item[1])):
        if not batches or size + len(content) > MAX_BATCH_BYTES:
            batches.append({})
            size = 0
        batches[-1][name] = content
        size += len(content)
    return batches
