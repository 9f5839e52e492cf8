"""From a frame that nobody vouches for back to values; nothing here can run code."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from grader.wire.values import (
    ARRAY_CODES,
    MAX_DEPTH,
    MAX_DIMENSIONS,
    MAX_EXTENT,
    MAX_HEADER_BYTES,
    MAX_HEX_DIGITS,
    MAX_NODES,
    MAX_OTHER_KEYS,
    TENSOR_CODES,
    Buffer,
    Opaque,
    WireError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray


def decode(header: Buffer, buffers: Sequence[Buffer]) -> Any:
    """Rebuild the value that `encode` turned into a header and buffers.

    Every buffer is used once, in order, and fully. Arrays share the memory of their buffer.

    Args:
        header: The JSON tree, UTF-8.
        buffers: The raw bytes of arrays, tensors and bytes objects.

    Returns:
        The value; parts that did not travel are `Opaque`.

    Raises:
        WireError: The frame breaks the format in any way. No other exception leaves.

    Examples:
        >>> decode(b'["t",1,["a","f8",[2]]]', [np.array([0.5, 2.0]).tobytes()])
        (1, array([0.5, 2. ]))
        >>> decode(b'["a","f8",[3]]', [bytes(8)])
        Traceback (most recent call last):
        grader.wire.values.WireError: an array of 3 entries of 8 bytes in a buffer of 8 bytes
    """
    if len(header) > MAX_HEADER_BYTES:
        raise WireError("the header is too long")
    decoder = _Decoder(buffers)
    try:
        value = decoder.value(json.loads(bytes(header).decode("utf-8")), 0)
    except WireError:
        raise
    except Exception as error:  # noqa: BLE001  # the tree has any shape, so anything may fail in it
        raise WireError(f"the frame does not follow the format ({type(error).__name__})") from None
    if decoder.used != len(buffers):
        raise WireError(f"{len(buffers)} buffers came, {decoder.used} were named")
    return value


class _Decoder:
    """One decoding: how many buffers and nodes are used up."""

    def __init__(self, buffers: Sequence[Buffer]) -> None:
        self.used = 0
        self._buffers = buffers
        self._nodes = 0

    def value(self, node: Any, depth: int) -> Any:
        self._nodes += 1
        if self._nodes > MAX_NODES or depth > MAX_DEPTH + 1:
            raise WireError("the value has too many parts")
        if node is None or type(node) in (bool, int, float):
            return node
        if type(node) is str:
            node.encode("utf-8")  # raises for a lone surrogate, which cannot be printed
            return node
        tag, *parts = node
        return _KINDS[tag](self, parts, depth + 1)

    def read_list(self, parts: list[Any], depth: int) -> Any:
        return [self.value(part, depth) for part in parts]

    def read_tuple(self, parts: list[Any], depth: int) -> Any:
        return tuple(self.value(part, depth) for part in parts)

    def read_dict(self, parts: list[Any], depth: int) -> Any:
        if sum(type(key) is not str for key, _ in parts) > MAX_OTHER_KEYS:
            raise WireError(f"a dict with more than {MAX_OTHER_KEYS} keys that are not text")
        return {self.value(key, depth): self.value(part, depth) for key, part in parts}

    def read_integer(self, parts: list[Any], _depth: int) -> Any:
        (digits,) = parts
        if len(digits) > MAX_HEX_DIGITS + 4:
            raise WireError("an integer with too many digits")
        return int(digits, 16)

    def read_complex(self, parts: list[Any], _depth: int) -> Any:
        real, imaginary = parts
        return complex(float(real), float(imaginary))

    def read_bytes(self, parts: list[Any], _depth: int) -> Any:
        () = parts
        return bytes(self._next())

    def read_opaque(self, parts: list[Any], _depth: int) -> Any:
        (description,) = parts
        description.encode("utf-8")
        return Opaque(description)

    def read_array(self, parts: list[Any], _depth: int) -> Any:
        code, shape = parts
        if type(code) is not str or code not in ARRAY_CODES:
            raise WireError("an array of a dtype that does not travel")
        return self._entries(code, shape)

    def read_scalar(self, parts: list[Any], depth: int) -> Any:
        (code,) = parts
        return self.read_array([code, []], depth)[()]

    def read_tensor(self, parts: list[Any], _depth: int) -> Any:
        import torch

        name, shape, requires_grad = parts
        entries = self._entries(TENSOR_CODES[name], shape)
        tensor = torch.from_numpy(entries if entries.flags.writeable else entries.copy())
        if name == "bfloat16":
            tensor = tensor.view(torch.bfloat16)
        if requires_grad is not True:
            return tensor
        return tensor.requires_grad_()  # raises for integers

    def _entries(self, code: str, shape: Any) -> NDArray[Any]:
        if type(shape) is not list or len(shape) > MAX_DIMENSIONS:
            raise WireError("an array without a proper shape")
        if any(type(extent) is not int or not 0 <= extent <= MAX_EXTENT for extent in shape):
            raise WireError("an array with an extent that cannot be")
        dtype, count, buffer = np.dtype(f"<{code}"), math.prod(shape), self._next()
        if count * dtype.itemsize != len(buffer):
            raise WireError(
                f"an array of {count} entries of {dtype.itemsize} bytes in a buffer of {len(buffer)} bytes"
            )
        if not count:
            return np.empty(shape, dtype)
        if code == "b1" and int(np.frombuffer(buffer, np.uint8).max()) > 1:
            raise WireError("a truth value that is neither 0 nor 1")
        return np.frombuffer(buffer, dtype).reshape(shape)

    def _next(self) -> Buffer:
        if self.used >= len(self._buffers):
            raise WireError("a buffer is named that did not come")
        self.used += 1
        return self._buffers[self.used - 1]


_KINDS: dict[str, Callable[[_Decoder, list[Any], int], Any]] = {
    "l": _Decoder.read_list,
    "t": _Decoder.read_tuple,
    "d": _Decoder.read_dict,
    "i": _Decoder.read_integer,
    "c": _Decoder.read_complex,
    "b": _Decoder.read_bytes,
    "a": _Decoder.read_array,
    "n": _Decoder.read_scalar,
    "T": _Decoder.read_tensor,
    "?": _Decoder.read_opaque,
}
