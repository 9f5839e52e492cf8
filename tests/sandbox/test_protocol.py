"""A worker cannot pass anything off as the reply to a call that was not made, or confuse the next one."""

from __future__ import annotations

import numpy as np
import pytest

from grader.sandbox.faults import Died, ReplyRefused, TimedOut

FORGER = """
import os, struct, sys, threading, time
from grader.wire import pack

def frame(number, value):
    return b"".join(bytes(part) for part in pack(number, {"status": "value", "value": value}))

def prefix(form, *fields):
    return b"HW4\\x01" + struct.pack("<" + form, number_of_this_call(), *fields)

def number_of_this_call():
    step = sys._getframe()
    while "frame" not in step.f_locals:
        step = step.f_back
    return step.f_locals["frame"].number
"""


@pytest.mark.parametrize(
    "body",
    [
        "os.write(3, b'garbage' * 99)",
        "os.write(3, frame(0, 'forged'))",
        "os.write(3, frame(number_of_this_call() + 1, 'forged'))",
        "os.write(3, prefix('QII', 1 << 31, 0))",
        "os.write(3, prefix('QII', 9, 1 << 31))",
        "os.write(3, prefix('QIIQ', 9, 1, 1 << 62))",
        "os.write(3, prefix('QII', 9, 0) + b'[[[[[[[[[')",
        "os.write(3, prefix('QII', 16, 0) + b'[\"a\",\"O\",[1]]   ')",
        "os.write(3, prefix('QII', 6, 0) + b'1e9999')",
        "os.write(3, b''.join(bytes(p) for p in pack(number_of_this_call(), {'status': 'error'})))",
        "os.write(3, b''.join(bytes(p) for p in pack(number_of_this_call(), {'status': 'value'})))",
        "os.write(3, b''.join(bytes(p) for p in pack(number_of_this_call(), ['value', 1])))",
    ],
)
def test_a_forged_frame_is_refused(open_source, body):
    """Wrong magic, wrong number, lengths and trees that cannot be: each is a refused reply."""
    with open_source(FORGER + f"def f():\n    {body}\n    return 'honest'") as session:
        with pytest.raises(ReplyRefused) as caught:
            session.call("f")
        assert session.closed
    assert caught.value.function == "f"


@pytest.mark.parametrize("when", ["while loading", "in a thread between calls"])
def test_a_reply_before_its_call_is_refused(open_source, when):
    """What lies in the socket when the next call begins was not asked for."""
    source = (
        FORGER
        + "def f(): return 'honest'\ndef late():\n    time.sleep(0.3)\n    os.write(3, frame(1, 'forged'))\n"
    )
    if when == "while loading":
        source += "os.write(3, frame(1, 'forged'))\n"
        with pytest.raises(ReplyRefused) as caught:
            open_source(source)
        assert caught.value.function is None
        return
    source += "def f():\n    threading.Thread(target=late).start()\n    return 'honest'\n"
    with open_source(source) as session:
        assert session.call("f") == "honest"
        import time

        time.sleep(0.6)
        with pytest.raises(ReplyRefused, match="before the call"):
            session.call("f")


def test_a_second_reply_to_one_call_spoils_the_next(open_source):
    """The value of the first call stands; the replay is not taken for another."""
    source = FORGER + "def f(x):\n    os.write(3, frame(number_of_this_call(), x))\n    return x + 1\n"
    with open_source(source) as session:
        assert session.call("f", 1) == 1
        with pytest.raises(ReplyRefused):
            session.call("f", 2)


def test_half_a_frame_before_the_end_is_an_end(open_source):
    """The worker died; nothing of the half is used."""
    source = (
        FORGER + "def f():\n    os.write(3, frame(number_of_this_call(), 'x' * 999)[:99])\n    os._exit(0)\n"
    )
    with open_source(source) as session, pytest.raises(Died):
        session.call("f")


def test_a_reply_and_then_the_end_is_a_value_and_then_a_fault(open_source):
    """A value may be forged only for the call it answers."""
    source = FORGER + "def f():\n    os.write(3, frame(number_of_this_call(), 'forged'))\n    os._exit(0)\n"
    with open_source(source) as session:
        assert session.call("f") == "forged"
        with pytest.raises(Died):
            session.call("f")


@pytest.mark.slow
def test_a_dripping_reply_is_late(open_source):
    """The limit is on the whole reply, not on each byte."""
    source = (
        FORGER
        + """
def f():
    for byte in frame(number_of_this_call(), 'x' * 999):
        os.write(3, bytes([byte]))
        time.sleep(0.05)
"""
    )
    with open_source(source) as session, pytest.raises(TimedOut):
        session.call("f")


def test_writing_to_every_file_there_is_reaches_nothing_else(open_source, tmp_path):
    """Descriptors 0 to 99: input, output, output, the socket, and no more."""
    source = """
import os
def f():
    written = []
    for descriptor in range(100):
        if descriptor == 3:
            continue
        try:
            os.write(descriptor, b"forged")
            written.append(descriptor)
        except OSError:
            pass
    return written
"""
    with open_source(source) as session:
        assert session.call("f") == [1, 2]
        assert session.output == "forgedforged"


def test_nothing_is_unpickled(open_source):
    """An object with a hostile ``__reduce__`` arrives as a marker."""
    source = """
class Bomb:
    def __reduce__(self): return (exec, ("raise SystemExit",))
def f(): return [Bomb(), 1]
"""
    with open_source(source) as session:
        marker, one = session.call("f")
        assert (type(marker).__name__, one) == ("Opaque", 1)


def test_a_worker_that_patches_its_own_frames_is_read_as_strictly(open_source):
    """The checks are on this side."""
    source = """
import grader.worker.main as main
def f():
    main.pack = lambda number, value: [b"HW4\\x01" + number.to_bytes(8, "little") + b"\\xff" * 8]
"""
    with open_source(source) as session, pytest.raises(ReplyRefused):
        session.call("f")


def test_values_of_every_kind_come_back_as_they_were_sent(open_source):
    """Types, dtypes, shapes and signs of zero survive."""
    import torch

    values = [
        None, True, 3, 1 << 100, -0.0, float("inf"), 2 + 3j, "text…", b"bytes", (1, [2.5, {"k": (None,)}]),
        {1: 2}, np.float32(1.5), np.bool_(1), np.zeros((0, 3)), np.array(1.0),
        np.arange(6, dtype=np.int16).reshape(2, 3).T,
    ]  # fmt: skip
    with open_source("def f(x): return x") as session:
        for value in values:
            back = session.call("f", value)
            assert type(back) is type(value)
            assert repr(back) == repr(value)
        tensor = torch.randn(2, 3, dtype=torch.float64, requires_grad=True)
        back = session.call("f", tensor)
        assert torch.equal(back, tensor)
        assert (back.dtype, back.requires_grad) == (torch.float64, True)
        half = torch.randn(3).to(torch.bfloat16)
        assert torch.equal(session.call("f", half), half)
