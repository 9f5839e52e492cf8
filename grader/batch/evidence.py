"""What a report shows beside the result, kept so that the report can be made again with marks of persons."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

from grader.errors import StaffError
from grader.wire import WireError, decode, encode

FILE_NAME = "evidence.bin"
_LENGTH_BYTES = 8
_MAX_BYTES = 256 << 20


def dump_evidence(evidence: Mapping[str, Any]) -> bytes:
    """Write evidence as compressed plain data; nothing of it can run code when it is read.

    Args:
        evidence: As `report_template.grading.build_grading_report` takes it.

    Returns:
        The file's bytes.

    Examples:
        >>> load_evidence(dump_evidence({"runs": {"lab1.b": [{"strength": 0.5}]}, "lab2": None}))
        {'runs': {'lab1.b': [{'strength': 0.5}]}, 'lab2': None}
    """
    header, buffers = encode(dict(evidence))
    pieces = [bytes(piece) for piece in (header, *buffers)]
    lengths = b"".join(len(piece).to_bytes(_LENGTH_BYTES, "big") for piece in pieces)
    count = len(pieces).to_bytes(_LENGTH_BYTES, "big")
    return zlib.compress(b"".join((count, lengths, *pieces)), level=1)  # curves of floats hardly shrink more


def load_evidence(content: bytes) -> dict[str, Any]:
    """Read evidence as `dump_evidence` wrote it.

    Args:
        content: The file's bytes.

    Raises:
        StaffError: It is damaged.
    """
    try:
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(content, _MAX_BYTES)
        if not unpacker.eof:
            raise WireError("is cut off or too large")
        count = int.from_bytes(data[:_LENGTH_BYTES], "big")
        start = _LENGTH_BYTES * (1 + count)
        pieces = []
        for number in range(1, count + 1):
            length = int.from_bytes(data[number * _LENGTH_BYTES : (number + 1) * _LENGTH_BYTES], "big")
            pieces.append(data[start : start + length])
            start += length
        if start != len(data) or not pieces:
            raise WireError("its lengths do not fit")
        evidence = decode(pieces[0], pieces[1:])
        if type(evidence) is not dict:
            raise WireError("holds something else")
    except (zlib.error, WireError, OverflowError, MemoryError) as error:
        raise StaffError(f"{FILE_NAME}: {error}", hint="grade this submission again") from error
    return evidence
