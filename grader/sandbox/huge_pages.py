"""Putting the warm process's memory on huge pages, so that a fork has little to copy.

A fork copies one entry per page that was written to. Importing torch writes to about 300 MB: 75,000 pages
of 4 KiB, but 150 of 2 MiB.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from pathlib import Path

from grader.container import measure_container

HUGE_PAGE_BYTES = 2 << 20
_STEP_BYTES = 8 * HUGE_PAGE_BYTES
_MADV_COLLAPSE = 25  # Linux 6.1; it asks for nothing that a setting of the machine could forbid
_libc = ctypes.CDLL(None, use_errno=True)


def find_steps(maps: str | None = None) -> Iterator[tuple[int, int]]:
    """Find the memory that belongs to no file, in pieces that are quickly dealt with.

    Args:
        maps: The text of ``/proc/self/maps``; read when None.

    Yields:
        Start and length of a piece, both multiples of a huge page.

    Examples:
        >>> maps = "7f0000100000-7f0000500000 rw-p 00000000 00:00 0 "
        >>> [(hex(start), length) for start, length in find_steps(maps)]
        [('0x7f0000200000', 2097152)]
        >>> list(find_steps("7f0000000000-7f0000400000 r--p 00000000 fe:00 12 /lib/libc.so.6"))
        []
    """
    if maps is None and measure_container().is_small:
        return  # a huge page stays whole until its last user is gone, which costs memory
    text = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace") if maps is None else maps
    for line in text.splitlines():
        span, permissions, _, _, inode, *name = line.split(maxsplit=5)
        if permissions != "rw-p" or inode != "0" or (name and name[0] != "[heap]"):
            continue
        start, end = (int(number, 16) for number in span.split("-"))
        start = -(-start // HUGE_PAGE_BYTES) * HUGE_PAGE_BYTES
        end = end // HUGE_PAGE_BYTES * HUGE_PAGE_BYTES
        for begin in range(start, end, _STEP_BYTES):
            yield begin, min(_STEP_BYTES, end - begin)


def put_on_huge_pages(start: int, length: int) -> bool:
    """Move a piece of this process's memory to huge pages, where the kernel can.

    Args:
        start: Its address, a multiple of `HUGE_PAGE_BYTES`.
        length: Its length, likewise.

    Returns:
        Whether all of it stands on huge pages now; nothing else changes either way.
    """
    refused: int = _libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(length), _MADV_COLLAPSE)
    return refused == 0
