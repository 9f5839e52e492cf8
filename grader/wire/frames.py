"""Frames on a stream: a numbered prefix, the header, the buffers, each with its length first."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from grader.wire.decoding import decode
from grader.wire.encoding import encode
from grader.wire.values import MAX_BUFFERS, MAX_HEADER_BYTES, Buffer, WireError

MAGIC: Final = b"HW4\x01"
_PREFIX: Final = struct.Struct("<4sQII")  # magic, number of the call, bytes of the header, number of buffers
_TOGETHER_BYTES: Final = 65536  # thousands of small arrays travel in pieces of this size, not one by one


def pack(number: int, value: Any, *, strict: bool = False) -> list[Buffer]:
    r"""Build the frame of a value.

    Args:
        number: The number of the call that the frame belongs to, below 2^64.
        value: What to send; see `encode`.
        strict: See `encode`.

    Returns:
        The parts to write, in order.

    Raises:
        WireError: See `encode`.

    Examples:
        >>> pack(7, "a")
        [b'HW4\x01\x07\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00"a"']
    """
    header, buffers = encode(value, strict=strict)
    lengths = struct.pack(f"<{len(buffers)}Q", *map(len, buffers))
    prefix = _PREFIX.pack(MAGIC, number, len(header), len(buffers))
    parts: list[Buffer] = [prefix, lengths, header, *buffers]
    grouped = group_lengths(map(len, parts))
    rest = iter(parts)
    packed: list[Buffer] = []
    for group in grouped:
        members = [next(rest) for _ in group]
        packed.append(members[0] if len(members) == 1 else b"".join(members))
    return packed


def group_lengths(lengths: Iterable[int]) -> Iterator[list[int]]:
    """Group the parts of a frame that travel together.

    Args:
        lengths: The bytes of each part.

    Yields:
        Lengths of neighbours; a group of several parts holds at most 64 KiB.

    Examples:
        >>> list(group_lengths([20, 0, 60_000, 70_000, 8, 8]))
        [[20, 0, 60000], [70000], [8, 8]]
    """
    group: list[int] = []
    size = 0
    for length in lengths:
        if group and size + length > _TOGETHER_BYTES:
            yield group
            group, size = [], 0
        group.append(length)
        size += length
    if group:
        yield group


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame as it came.

    Attributes:
        number: The number of the call that it claims to belong to.
        header: The JSON tree, not yet read.
        buffers: The raw bytes.
    """

    number: int
    header: bytearray
    buffers: list[bytearray]

    def value(self) -> Any:
        """Decode the value; see `decode`."""
        return decode(self.header, self.buffers)


class FrameReceiver:
    """Puts one frame together from whatever pieces a stream delivers.

    Fill `window` from its start and tell `advance` how many bytes came, until it returns the frame.

    Args:
        max_bytes: The most that header and buffers may hold together.

    Examples:
        >>> receiver, data = FrameReceiver(1000), b"".join(pack(7, [1, b"xy"]))
        >>> frame = None
        >>> while frame is None:
        ...     window = receiver.window
        ...     count = min(len(window), 5, len(data))
        ...     window[:count], data = data[:count], data[count:]
        ...     frame = receiver.advance(count)
        >>> frame.number, frame.value()
        (7, [1, b'xy'])
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._number = 0
        self._stages = self._receive_parts()
        self._window = next(self._stages)
        self._parts: list[bytearray] = []

    @property
    def window(self) -> memoryview:
        """The memory where the next bytes belong; never empty."""
        return self._window

    def advance(self, count: int) -> Frame | None:
        """Take note that the first ``count`` bytes of `window` were filled.

        Returns:
            The frame when it is complete, else None.

        Raises:
            WireError: The frame announces something that the format or ``max_bytes`` forbids.
        """
        self._window = self._window[count:]
        if self._window:
            return None
        window = next(self._stages, None)
        if window is not None:
            self._window = window
            return None
        header, *buffers = self._parts
        return Frame(self._number, header, buffers)

    def _receive_parts(self) -> Iterator[memoryview]:
        """Yield the memory to fill, piece by piece, and take the pieces apart when they are full."""
        prefix = bytearray(_PREFIX.size)
        yield memoryview(prefix)
        magic, self._number, header_bytes, buffer_count = _PREFIX.unpack(prefix)
        if magic != MAGIC:
            raise WireError("what came is not a frame")
        if header_bytes > MAX_HEADER_BYTES or buffer_count > MAX_BUFFERS:
            raise WireError("the frame announces too long a header or too many buffers")
        announced = bytearray(8 * buffer_count)
        if announced:
            yield memoryview(announced)
        lengths = [header_bytes, *struct.unpack(f"<{buffer_count}Q", announced)]
        if sum(lengths) > self._max_bytes:
            raise WireError(f"the frame announces {sum(lengths)} bytes; at most {self._max_bytes} may come")
        for group in group_lengths(lengths):
            piece = bytearray(sum(group))
            if piece:
                yield memoryview(piece)
            self._parts += [piece] if len(group) == 1 else _split(piece, group)


def _split(piece: bytearray, lengths: list[int]) -> list[bytearray]:
    """Copy the parts out of a piece, so that each stands where its numbers may stand."""
    parts, start = [], 0
    for length in lengths:
        parts.append(piece[start : start + length])
        start += length
    return parts
