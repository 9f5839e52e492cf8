"""How much of a submission is read: every bound with its reason."""

from __future__ import annotations

from typing import Final

KIBIBYTE: Final = 1 << 10
MEBIBYTE: Final = 1 << 20

# The largest of the course's own files has 12 KiB; a megabyte of code was not written by hand.
MAX_CODE_BYTES: Final = 1 * MEBIBYTE
# Notebooks carry their figures: 17 runs with two figures of 100 KiB each are 4 MiB.
MAX_NOTEBOOK_BYTES: Final = 20 * MEBIBYTE
# Sakai takes uploads of up to 60 MB; a scanned report of 30 pages stays below this.
MAX_REPORT_BYTES: Final = 50 * MEBIBYTE
# Ten explanations and a few comments: 10 KiB are usual.
MAX_ANSWERS_BYTES: Final = 1 * MEBIBYTE
# The trajectories of 17 runs of 200 steps as text are 2 MiB.
MAX_RESULTS_BYTES: Final = 10 * MEBIBYTE
# Figures and notes: kept for the record only.
MAX_OTHER_BYTES: Final = 10 * MEBIBYTE
# Held in memory while it is unpacked.
MAX_ARCHIVE_BYTES: Final = 100 * MEBIBYTE
# Everything together, also what comes out of archives: bounds the memory of the trusted process.
MAX_TOTAL_BYTES: Final = 200 * MEBIBYTE

# Beyond this, a file of more than a mebibyte is a decompression bomb; text and code reach about 20.
MAX_COMPRESSION_RATIO: Final = 300
# Files that count; the assignment asks for two.
MAX_FILES: Final = 500
# Looked at, junk included: an environment that was packed along has some ten thousand.
MAX_ENTRIES: Final = 20_000
MAX_ARCHIVES: Final = 4
# student folder / attachments / folder in a zip / the student's own folders.
MAX_DEPTH: Final = 10
MAX_NAME_CHARACTERS: Final = 1000
# What fits in a line of a table.
MAX_DISPLAY_CHARACTERS: Final = 100
# A hostile submission must not bury the notes that matter.
MAX_NOTES: Final = 60

MAX_BYTES_BY_ROLE: Final = {
    "code": MAX_CODE_BYTES,
    "notebook": MAX_NOTEBOOK_BYTES,
    "report": MAX_REPORT_BYTES,
    "answers": MAX_ANSWERS_BYTES,
    "results": MAX_RESULTS_BYTES,
    "archive": MAX_ARCHIVE_BYTES,
    "other": MAX_OTHER_BYTES,
}


def say_size(count: int) -> str:
    """Say a number of bytes in words.

    Examples:
        >>> say_size(12), say_size(50 * MEBIBYTE), say_size(2560)
        ('12 bytes', '50 MiB', '2.5 KiB')
    """
    if count < KIBIBYTE:
        return f"{count} bytes"
    unit, name = (MEBIBYTE, "MiB") if count >= MEBIBYTE else (KIBIBYTE, "KiB")
    return f"{count / unit:.3g} {name}"
