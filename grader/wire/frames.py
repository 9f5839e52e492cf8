"""Frames on a stream: a numbered prefix, the header, the buffers, each with its length first."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, Final

from grader.wire.decoding import decode
from grader.wire.encoding import encode
from grader.wire.values import MAX_BUFFERS, MAX_HEADER_BYTES, Buffer, WireError

MAGIC: Final = b"HW4\x01"
_PREFIX: Final = struct.Struct("<4sQII")  # magic, number of the call, bytes of the header, number of buffers


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
    return [prefix + lengths + header, *filter(len, buffers)]


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
        self._parts: list[bytearray] = [bytearray(_PREFIX.size)]
        self._lengths: list[int] | None = None  # of the header and the buffers, once they came
        self._header_bytes = 0
        self._buffer_count = 0
        self._filled = 0

    @property
    def window(self) -> memoryview:
        """The memory where the next bytes belong; never empty."""
        return memoryview(self._parts[-1])[self._filled :]

    def advance(self, count: int) -> Frame | None:
        """Take note that the first ``count`` bytes of `window` were filled.

        Returns:
            The frame when it is complete, else None.

        Raises:
            WireError: The frame announces something that the format or ``max_bytes`` forbids.
        """
        self._filled += count
        while self._filled == len(self._parts[-1]):
            if self._next_part():
                header, *buffers = self._parts[2:]
                return Frame(self._number, header, buffers)
        return None

    def _next_part(self) -> bool:
        """Go on to the next part; True when there is none."""
        self._filled = 0
        if len(self._parts) == 1:
            magic, self._number, header_bytes, self._buffer_count = _PREFIX.unpack(self._parts[0])
            if magic != MAGIC:
                raise WireError("what came is not a frame")
            if header_bytes > MAX_HEADER_BYTES or self._buffer_count > MAX_BUFFERS:
                raise WireError("the frame announces too long a header or too many buffers")
            self._header_bytes = header_bytes
            self._parts.append(bytearray(8 * self._buffer_count))
            return False
        if self._lengths is None:
            sizes = struct.unpack(f"<{self._buffer_count}Q", self._parts[1])
            self._lengths = [self._header_bytes, *sizes]
            if sum(self._lengths) > self._max_bytes:
                raise WireError(
                    f"the frame announces {sum(self._lengths)} bytes; at most {self._max_bytes} may come"
                )
        if len(self._parts) - 2 == len(self._lengths):
            return True
        self._parts.append(bytearray(self._lengths[len(self._parts) - 2]))
        return False
