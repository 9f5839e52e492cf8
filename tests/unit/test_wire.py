"""Frames carry values faithfully, and nothing but values."""

from __future__ import annotations

import json
import math
import struct
from contextlib import suppress

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as stn

from grader.wire import FrameReceiver, Opaque, WireError, decode, encode, pack
from grader.wire.values import ARRAY_CODES, MAX_DEPTH, MAX_NODES, TENSOR_CODES

CODES = sorted(ARRAY_CODES)
ARRAYS = st.sampled_from(CODES).flatmap(
    lambda code: stn.arrays(
        np.dtype(f"<{code}"), stn.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
    )
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(1 << 200), 1 << 200),
    st.floats(),
    st.complex_numbers(),
    TEXT,
    st.binary(max_size=20),
    ARRAYS,
    ARRAYS.filter(lambda array: array.ndim == 0).map(lambda array: array[()]),
)
VALUES = st.recursive(
    LEAVES,
    lambda parts: st.one_of(
        st.lists(parts, max_size=4),
        st.lists(parts, max_size=4).map(tuple),
        st.dictionaries(st.one_of(TEXT, st.integers(), st.booleans()), parts, max_size=4),
    ),
    max_leaves=12,
)


def travel(value, **options):
    """Send a value through a frame that arrives in pieces."""
    data = b"".join(bytes(part) for part in pack(7, value, **options))
    receiver, frame = FrameReceiver(1 << 24), None
    while frame is None:
        window = receiver.window
        count = min(len(window), len(data), 7)
        assert count, "the frame announces more than was sent"
        window[:count], data = data[:count], data[count:]
        frame = receiver.advance(count)
    assert not data
    assert frame.number == 7
    return frame.value()


def assert_same(back, value):
    """Equal in type, and bit by bit where NaN would hide a difference."""
    assert type(back) is type(value)
    if isinstance(value, np.ndarray | np.generic):
        assert back.dtype == value.dtype
        assert back.shape == value.shape
        assert back.tobytes() == value.tobytes()
    elif isinstance(value, list | tuple):
        assert len(back) == len(value)
        for ours, theirs in zip(back, value, strict=True):
            assert_same(ours, theirs)
    elif isinstance(value, dict):
        assert list(back) == list(value)
        for key, part in value.items():
            assert_same(back[key], part)
    elif isinstance(value, float):
        assert struct.pack("d", back) == struct.pack("d", value) or (math.isnan(back) and math.isnan(value))
    elif isinstance(value, complex):
        assert_same((back.real, back.imag), (value.real, value.imag))
    else:
        assert back == value


@given(VALUES)
@settings(deadline=None)
def test_a_value_comes_back_as_it_was_sent(value):
    """Types, dtypes, shapes, order of keys, signs of zero."""
    assert_same(travel(value, strict=True), value)


@pytest.mark.parametrize("name", TENSOR_CODES)
@pytest.mark.parametrize("shape", [(), (0,), (2, 3)])
def test_a_tensor_comes_back_as_it_was_sent(name, shape):
    """Each dtype, with and without entries."""
    dtype = getattr(torch, name)
    tensor = torch.randint(0, 2, shape).to(dtype)
    back = travel(tensor)
    assert (back.dtype, back.shape) == (dtype, tensor.shape)
    assert torch.equal(back, tensor)
    assert not back.requires_grad


def test_a_tensor_keeps_its_flag_and_loses_its_history():
    """Parameters, slices, transposes, conjugates and results of operations are plain tensors."""
    leaf = torch.randn(2, 3, requires_grad=True)
    for tensor in (leaf, torch.nn.Parameter(leaf.detach()), (leaf * 2).t()[1:]):
        back = travel(tensor)
        assert type(back) is torch.Tensor
        assert torch.equal(back, tensor)
        assert (back.requires_grad, back.is_leaf) == (True, True)
    conjugate = torch.randn(3, dtype=torch.complex64).conj()
    assert torch.equal(travel(conjugate), conjugate)


class LyingArray(np.ndarray):
    """Equals everything."""

    def __eq__(self, other):
        return True

    __hash__ = None


class LyingFloat(float):
    """Equals everything."""

    __slots__ = ()

    def __eq__(self, other):
        return True

    __hash__ = None


class LyingTensor(torch.Tensor):
    """Could override anything."""


@pytest.mark.parametrize(
    "value",
    [
        object(),
        {1, 2},
        range(3),
        np.zeros(2).view(LyingArray),
        np.ma.masked_array([1.0]),
        np.zeros(2, dtype=[("a", "f8")]).view(np.recarray),
        np.array([object()]),
        np.array(["text"]),
        np.zeros(2, dtype=[("a", "f8")]),
        np.zeros(2, dtype=np.longdouble),
        np.zeros(2, dtype=">f8"),
        np.datetime64("2020-10-15"),
        LyingFloat(1.0),
        np.zeros((1,) * 20),
        torch.zeros(2).as_subclass(LyingTensor),
        torch.zeros(2).to_sparse(),
        torch.zeros(2, device="meta").shape,
        1 << 100_000,
        Opaque("sent before"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_travel_becomes_a_marker_that_equals_nothing(value):
    """Subclasses, objects, structures and foreign byte orders; the strict end refuses them."""
    marker = travel([value])[0]
    assert type(marker) is Opaque
    assert marker != marker  # noqa: PLR0124
    assert marker != value
    assert not (np.zeros(2) == marker)  # noqa: SIM201
    assert not (torch.zeros(2) == marker)  # noqa: SIM201
    with pytest.raises(TypeError):
        hash(marker)
    with pytest.raises(WireError, match="cannot be sent"):
        encode([value], strict=True)


def test_a_value_within_itself_ends_in_a_marker():
    """After the levels that travel."""
    value: list = []
    value.append(value)
    back = travel(value)
    for _ in range(MAX_DEPTH):
        (back,) = back
    assert "nesting" in repr(back[0])


def test_too_many_parts_are_refused_on_both_ends():
    """Of lists, of arrays and of keys that could be made to collide."""
    with pytest.raises(WireError, match="parts"):
        encode([0] * MAX_NODES)
    with pytest.raises(WireError, match="arrays"):
        encode([b""] * 5000)
    with pytest.raises(WireError):
        decode(("[" + ",".join(['"l"', *["0"] * MAX_NODES]) + "]").encode(), [])
    with pytest.raises(WireError, match="keys"):
        decode(json.dumps(["d", *([number, 0] for number in range(1000))]).encode(), [])


def test_arrays_are_writable_and_their_own():
    """A decoded array can be changed, and changes nothing else."""
    array = np.zeros(3)
    back = travel([array, array])
    back[0][:] = 1
    assert not back[1].any()
    assert not array.any()


@pytest.mark.parametrize(
    ("tree", "buffers"),
    [
        ('["a","O",[1]]', [bytes(8)]),
        ('["a","f8",[1]]', []),
        ('["a","f8",[1]]', [bytes(7)]),
        ('["a","f8",[1]]', [bytes(8), bytes(8)]),
        ('["a","f8",[-1]]', [bytes(8)]),
        ('["a","f8",[true]]', [bytes(8)]),
        ('["a","f8",[1.0]]', [bytes(8)]),
        ('["a","f8",[4294967296,4294967296,0]]', [bytes(1)]),
        ('["a","f8",[' + ",".join(["1"] * 20) + "]]", [bytes(8)]),
        ('["a",["f8"],[1]]', [bytes(8)]),
        ('["a","f8"]', [bytes(8)]),
        ('["a","b1",[2]]', [b"\x01\x02"]),
        ('["n","f8",1]', [bytes(8)]),
        ('["T","float99",[1],false]', [bytes(8)]),
        ('["T","int64",[1],true]', [bytes(8)]),
        ('["T",[],[1],false]', [bytes(8)]),
        ('["b",0]', [b"x"]),
        ('["b"]', []),
        ('["x"]', []),
        ("[]", []),
        ("{}", []),
        ("[[]]", []),
        ("[1]", []),
        ('["i","zz"]', []),
        ('["i",5]', []),
        ('["i","0x' + "f" * 5000 + '"]', []),
        ("1" * 5000, []),
        ('["c",1]', []),
        ('["c","x",1]', []),
        ('["d",[["l"],1]]', []),
        ('["d",1]', []),
        ('["d",[1,2,3]]', []),
        ('["?",5]', []),
        ('"\\ud800"', []),
        ('["?","\\ud800"]', []),
        ("[" * 100_000, []),
        ('["l",' * 50 + "1" + "]" * 50, []),
        ("", []),
        ("nul", []),
        ("\xff", []),
        (" " * (1 << 21), []),
    ],
)
def test_a_frame_that_breaks_the_format_is_a_wire_error(tree, buffers):
    """Whatever is wrong, it is this exception."""
    with pytest.raises(WireError):
        decode(tree.encode("latin-1"), buffers)


FRAMES = st.one_of(VALUES, st.just([torch.zeros(2), np.arange(5), {"a": (1, b"x")}])).map(
    lambda value: b"".join(bytes(part) for part in pack(1, value))
)
CHANGES = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=6)


def read_frame(data: bytes) -> None:
    """Read a frame from data that may end early; only a WireError may leave."""
    receiver = FrameReceiver(1 << 20)
    while data:
        window = receiver.window
        count = min(len(window), len(data))
        window[:count], data = data[:count], data[count:]
        if frame := receiver.advance(count):
            frame.value()
            return


@given(FRAMES, CHANGES, st.floats(0, 1))
@settings(max_examples=600, deadline=None)
def test_a_changed_frame_is_a_value_or_a_wire_error(data, changes, kept):
    """Bytes flipped anywhere, the end cut off."""
    changed = bytearray(data)
    for place, byte in changes:
        changed[int(place * len(changed))] = byte
    for arrived in (changed, changed[: int(kept * len(changed))]):
        with suppress(WireError):
            read_frame(bytes(arrived))


JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.sampled_from(CODES)
    ),
    lambda parts: st.one_of(
        st.lists(parts, max_size=5),
        st.tuples(st.sampled_from("ltdicbanT?"), parts, parts).map(list),
        st.tuples(st.sampled_from("ltdicbanT?"), parts).map(list),
        st.dictionaries(st.text(max_size=3), parts, max_size=3),
    ),
    max_leaves=20,
)


@given(JSON, st.lists(st.binary(max_size=32), max_size=3))
@settings(max_examples=600, deadline=None)
def test_any_tree_is_a_value_or_a_wire_error(tree, buffers):
    """Trees that look like ours and are not."""
    with suppress(WireError):
        decode(json.dumps(tree).encode(), buffers)


@pytest.mark.parametrize(
    ("prefix", "reason"),
    [
        (struct.pack("<4sQII", b"HW3\x01", 1, 1, 0), "not a frame"),
        (struct.pack("<4sQII", b"HW4\x01", 1, 1 << 30, 0), "too long a header"),
        (struct.pack("<4sQII", b"HW4\x01", 1, 1, 1 << 30), "too many buffers"),
        (struct.pack("<4sQIIQ", b"HW4\x01", 1, 1, 1, 1 << 62), "announces"),
        (struct.pack("<4sQIIQQ", b"HW4\x01", 1, 1, 2, 1 << 19, 1 << 19), "announces"),
    ],
)
def test_a_frame_is_refused_by_what_it_announces(prefix, reason):
    """Before any of it is waited for."""
    with pytest.raises(WireError, match=reason):
        read_frame(prefix)


def test_large_arrays_are_not_copied_more_than_once():
    """Encoding shares the array's memory; decoding shares the buffer's."""
    array = np.zeros(1 << 20)
    _, buffers = encode(array)
    assert np.shares_memory(np.frombuffer(buffers[0]), array)
    buffer = bytearray(8)
    back = decode(b'["a","f8",[1]]', [buffer])
    assert np.shares_memory(back, np.frombuffer(buffer))
