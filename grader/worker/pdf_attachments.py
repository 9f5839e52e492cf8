"""Take the attachments out of a PDF, which nobody vouches for."""

from __future__ import annotations

import io
from typing import Any

import pypdf

from grader.worker.probes import probe

MAX_ATTACHMENTS = 40
MAX_BYTES = 16 << 20


@probe("attachments")
def take_attachments(student: Any, content: bytes) -> dict[str, bytes]:
    """Take out the files attached to a PDF.

    This runs in a confined worker that holds no student code: a file that breaks the parser takes
    only that worker along.

    Args:
        student: Unused: a reader holds no submission.
        content: The bytes of the PDF.

    Returns:
        Contents by name, at most `MAX_ATTACHMENTS` of together `MAX_BYTES`; none where it is no
        PDF or holds none.
    """
    del student
    found: dict[str, bytes] = {}
    left = MAX_BYTES
    try:
        reader = pypdf.PdfReader(io.BytesIO(content))
        for name, contents in reader.attachments.items():
            data = contents[0] if contents else b""
            if len(found) >= MAX_ATTACHMENTS or len(data) > left:
                break
            found[str(name)] = bytes(data)
            left -= len(data)
    except Exception:  # noqa: BLE001  # pypdf raises anything on a hostile file; what was read counts
        return found
    return found
