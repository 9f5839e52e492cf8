"""What a frame may hold, and the marker for what it may not."""

from __future__ import annotations

from typing import Final

MAX_HEADER_BYTES: Final = 1 << 20
MAX_BUFFERS: Final = 4096
MAX_NODES: Final = 100_000
MAX_DEPTH: Final = 32
MAX_DIMENSIONS: Final = 16
MAX_EXTENT: Final = 1 << 40
MAX_HEX_DIGITS: Final = 1024  # Python prints no integer of more than 4300 decimal digits
MAX_OTHER_KEYS: Final = 256  # keys that are not strings can be chosen to collide; strings cannot
MAX_DESCRIPTION: Final = 200

ARRAY_CODES: Final = frozenset(
    ("b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16")
)

TENSOR_CODES: Final = {  # torch's name of a dtype, and the code of the array that carries its bytes
    "bool": "b1",
    "int8": "i1",
    "int16": "i2",
    "int32": "i4",
    "int64": "i8",
    "uint8": "u1",
    "float16": "f2",
    "bfloat16": "i2",
    "float32": "f4",
    "float64": "f8",
    "complex64": "c8",
    "complex128": "c16",
}

Buffer = bytes | bytearray | memoryview


class WireError(Exception):
    """A frame is not what the format allows, or a value cannot be sent."""


class Opaque:
    """A value that does not travel; it equals nothing, not even itself.

    Args:
        description: What it was: its type, or the dtype of an array.

    Examples:
        >>> marker = Opaque("numpy.matrix")
        >>> marker == marker
        False
        >>> marker
        <a value that cannot be sent: numpy.matrix>
    """

    __slots__ = ("description",)
    __hash__ = None  # type: ignore[assignment]  # what equals nothing cannot be a key
    __array_ufunc__ = None  # an array that is compared with it leaves the answer to it

    def __init__(self, description: str) -> None:
        self.description = description[:MAX_DESCRIPTION]

    def __eq__(self, other: object) -> bool:
        return False

    def __ne__(self, other: object) -> bool:
        return True

    def __repr__(self) -> str:
        return f"<a value that cannot be sent: {self.description}>"
