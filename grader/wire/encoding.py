"""From values to a JSON tree and raw little-endian buffers."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from grader.wire.values import (
    ARRAY_CODES,
    MAX_BUFFERS,
    MAX_DEPTH,
    MAX_DESCRIPTION,
    MAX_DIMENSIONS,
    MAX_HEADER_BYTES,
    MAX_HEX_DIGITS,
    MAX_NODES,
    TENSOR_CODES,
    Buffer,
    Opaque,
    WireError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

_INT64 = range(-(1 << 63), 1 << 63)


def encode(value: Any, *, strict: bool = False) -> tuple[bytes, list[Buffer]]:
    """Turn a value into a header and the buffers that the header names.

    Numbers, text, bytes, None, tuples, lists and dicts of exactly these types travel, NumPy
    scalars and arrays of exactly ``numpy.ndarray``, and strided ``torch.Tensor`` and
    ``torch.nn.Parameter``. Whatever else the value holds, subclasses included, becomes an
    `Opaque` that says what it was.

    Args:
        value: What to send.
        strict: Raise for what does not travel; the end that chose the value wants that.

    Returns:
        The header, JSON in UTF-8, and the buffers.

    Raises:
        WireError: The value has too many parts, or ``strict`` and a part that does not travel.

    Examples:
        >>> encode(["lr", 0.02, (1, None)])
        (b'["l","lr",0.02,["t",1,null]]', [])
        >>> header, buffers = encode(np.array([[1.5], [-2.0]]))
        >>> header, [len(buffer) for buffer in buffers]
        (b'["a","f8",[2,1]]', [16])
    """
    encoder = _Encoder(strict=strict)
    tree = encoder.node(value, 0)
    header = json.dumps(tree, separators=(",", ":")).encode()
    if len(header) > MAX_HEADER_BYTES:
        raise WireError(f"the value needs a header of {len(header)} bytes; at most {MAX_HEADER_BYTES} travel")
    return header, encoder.buffers


def _as_printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()  # a lone surrogate could not be printed later


class _Encoder:
    """One encoding: the buffers so far and the number of nodes."""

    def __init__(self, *, strict: bool) -> None:
        self.buffers: list[Buffer] = []
        self._strict = strict
        self._nodes = 0

    def node(self, value: Any, depth: int) -> Any:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise WireError(f"the value has more than {MAX_NODES} parts")
        if depth > MAX_DEPTH:
            return self.opaque(f"more than {MAX_DEPTH} levels of nesting")
        kind = type(value)
        if kind in _KINDS:
            return _KINDS[kind](self, value, depth)
        if isinstance(value, np.generic):
            node = self.array(np.asarray(value))
            return ["n", node[1]] if node[0] == "a" else node
        torch = sys.modules.get("torch")
        if torch is not None and kind in (torch.Tensor, torch.nn.Parameter):
            return self._tensor(value)
        return self.opaque(f"{kind.__module__}.{kind.__qualname__}")

    def nodes(self, parts: Iterable[Any], depth: int) -> list[Any]:
        return [self.node(part, depth + 1) for part in parts]

    def integer(self, value: int) -> Any:
        if value in _INT64:
            return value
        if value.bit_length() > 4 * MAX_HEX_DIGITS:
            return self.opaque(f"an integer of {value.bit_length()} bits")
        return ["i", hex(value)]

    def raw_bytes(self, value: bytes) -> Any:
        self._append(value)
        return ["b"]

    def array(self, array: NDArray[Any]) -> Any:
        code = array.dtype.str.lstrip("|<=")
        if code not in ARRAY_CODES or array.ndim > MAX_DIMENSIONS:
            return self.opaque(f"a numpy.ndarray of dtype {array.dtype!s} and {array.ndim} dimensions")
        raw = np.ascontiguousarray(array).reshape(-1)
        self._append(raw.view(np.uint8).data if raw.size else b"")
        return ["a", code, list(array.shape)]

    def _tensor(self, tensor: Any) -> Any:
        import torch

        name = str(tensor.dtype).removeprefix("torch.")
        if name not in TENSOR_CODES or tensor.layout is not torch.strided:
            return self.opaque(f"a torch.Tensor of dtype {name} and layout {tensor.layout}")
        plain = tensor.detach().cpu().resolve_conj().resolve_neg().contiguous()
        if plain.dtype is torch.bfloat16:
            plain = plain.view(torch.int16)
        node = self.array(plain.numpy())
        return ["T", name, node[2], bool(tensor.requires_grad)] if node[0] == "a" else node

    def _append(self, buffer: Buffer) -> None:
        if len(self.buffers) >= MAX_BUFFERS:
            raise WireError(f"the value has more than {MAX_BUFFERS} arrays")
        self.buffers.append(buffer)

    def opaque(self, description: str) -> Any:
        if self._strict:
            raise WireError(f"this value cannot be sent: {description[:MAX_DESCRIPTION]}")
        return ["?", _as_printable(description[:MAX_DESCRIPTION])]


_KINDS: dict[type, Callable[[_Encoder, Any, int], Any]] = {
    type(None): lambda _, value, __: value,
    bool: lambda _, value, __: value,
    float: lambda _, value, __: value,
    str: lambda _, text, __: _as_printable(text),
    complex: lambda _, value, __: ["c", value.real, value.imag],
    int: lambda encoder, value, _: encoder.integer(value),
    bytes: lambda encoder, value, _: encoder.raw_bytes(value),
    list: lambda encoder, parts, depth: ["l", *encoder.nodes(parts, depth)],
    tuple: lambda encoder, parts, depth: ["t", *encoder.nodes(parts, depth)],
    dict: lambda encoder, parts, depth: ["d", *(encoder.nodes(item, depth) for item in parts.items())],
    Opaque: lambda encoder, marker, _: encoder.opaque(marker.description),
    np.ndarray: lambda encoder, array, _: encoder.array(array),
}
