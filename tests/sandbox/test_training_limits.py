"""A worker that may train has more memory and time than one for calls, and reaches no further."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from grader.sandbox.faults import OutOfMemory, Raised, TimedOut

SECONDS = 20.0
ALLOCATES = "def f():\n    return len(bytearray(500 << 20))"
REACHES_OUT = """
    import socket, os
    def f():
        found = []
        for attempt in (lambda: socket.socket().connect(("127.0.0.1", 9)), os.fork,
                        lambda: open("/etc/shadow").read()):
            try:
                attempt()
            except Exception as error:
                found.append(type(error).__name__)
        return found
"""


def test_training_may_use_memory_that_a_call_may_not(sandbox, assemble, open_source):
    """Activations of a batch need more than the functions of the assignment ever do."""
    with sandbox.open_training_session(assemble(("lab1.py", ALLOCATES)), SECONDS) as session:
        assert session.call("f") == 500 << 20
    with open_source(ALLOCATES) as session, pytest.raises(OutOfMemory):
        session.call("f")


def test_training_has_an_end_of_memory_too(sandbox, assemble):
    """It is bounded, and said in words."""
    greedy = "def f():\n    return len(bytearray(1500 << 20))"
    with (
        sandbox.open_training_session(assemble(("lab1.py", greedy)), SECONDS) as session,
        pytest.raises(OutOfMemory, match="768 MiB"),
    ):
        session.call("f")


def test_training_reaches_no_further_than_a_call(sandbox, assemble):
    """No network, no children, no files: only resources differ."""
    with sandbox.open_training_session(assemble(("lab1.py", REACHES_OUT)), SECONDS) as session:
        assert len(session.call("f")) == 3


def test_the_seconds_left_bound_loading(sandbox, assemble):
    """A submission that hangs while it is loaded costs what is left, not more."""
    hangs = assemble(("lab1.py", "import time\ntime.sleep(60)\ndef f():\n    return 1"))
    began = time.monotonic()
    with suppress(TimedOut), sandbox.open_training_session(hangs, 1.0) as session:
        assert "stopped after" in session.load.errors[0].message
    assert time.monotonic() - began < 30


def test_an_optimizer_takes_a_step_in_a_worker_that_may_train(sandbox, assemble):
    """What the first optimizer of a process imports is there."""
    source = """
        import torch
        def f():
            w = torch.nn.Parameter(torch.ones(3))
            optimizer = torch.optim.SGD([w], lr=0.5, momentum=0.9)
            w.sum().backward()
            optimizer.step()
            return w.detach()
    """
    with sandbox.open_training_session(assemble(("lab1.py", source)), SECONDS) as session:
        try:
            assert session.call("f").tolist() == [0.5, 0.5, 0.5]
        except Raised as fault:
            pytest.fail(fault.summary)
