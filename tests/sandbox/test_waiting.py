"""Time that a worker waits for a processor is not the submission's."""

import os
import socket
import threading
import time

import pytest

from grader.sandbox.channel import MOST_WAITING, Channel, LateError
from grader.wire import FrameReceiver, pack

SECONDS = 0.3


@pytest.fixture
def ask():
    """Ask a worker of our own making that answers after a delay, or never."""
    data, theirs = socket.socketpair()
    output, writing = os.pipe()
    channel = Channel(data, output, 1 << 20, 1 << 20)
    over = threading.Event()

    def answer(delay):
        receiver = FrameReceiver(1 << 20)
        while not (frame := receiver.advance(theirs.recv_into(receiver.window))):
            pass
        if not over.wait(delay):
            for part in pack(frame.number, "here"):
                theirs.sendall(part)

    def go(delay, waiting):
        worker = threading.Thread(target=answer, args=(delay,))
        worker.start()
        try:
            return channel.exchange("a question", SECONDS, waiting)
        finally:
            over.set()
            worker.join()

    yield go
    channel.close()
    theirs.close()
    os.close(writing)


def test_a_worker_that_waited_gets_as_much_more(ask):
    assert ask(1.5 * SECONDS, lambda: SECONDS) == "here"


def test_a_worker_that_did_not_wait_is_late(ask):
    with pytest.raises(LateError):
        ask(1.5 * SECONDS, lambda: 0.0)


def test_nobody_waits_for_ever(ask):
    """Threads of its own can make a worker wait: that buys it a bounded time."""
    began = time.monotonic()
    with pytest.raises(LateError):
        ask(60.0, lambda: 1e6)
    assert time.monotonic() - began >= (1 + MOST_WAITING) * SECONDS


def test_the_kernel_tells_how_long_a_worker_waited(sandbox):
    """Some time, and less than has passed since the sandbox started."""
    began = time.monotonic()
    with sandbox.open_reader() as reader:
        hidden = not os.access(f"/proc/{reader._process.find_id()}/schedstat", os.R_OK)
        assert 0.0 <= reader._process.read_waiting() < time.monotonic() - began + 60.0
        assert hidden or reader._process.read_waiting() > 0.0
    assert reader._process.read_waiting() == 0.0
