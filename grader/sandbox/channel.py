"""The trusted end of a worker's socket and of its output: bounded in time, size and order."""

from __future__ import annotations

import os
import secrets
import select
import socket
import time
from typing import TYPE_CHECKING, Any

from grader.wire import FrameReceiver, WireError, pack

if TYPE_CHECKING:
    from collections.abc import Callable

    from grader.wire import Frame

MOST_WAITING = 2.0
_CHUNK_BYTES = 65536


class LateError(Exception):
    """No complete reply came before the deadline."""


class GoneError(Exception):
    """The worker's end of the socket is closed."""


class FloodError(Exception):
    """The worker printed more than it may."""


class RefusedError(Exception):
    """What came is not the reply to the request; the text says why."""


class Channel:
    """One question and one answer at a time, while what the worker prints is drained.

    Args:
        data: A stream socket whose other end the worker has.
        output: The reading end of the pipe that is the worker's stdout and stderr.
        reply_bytes: The most that one reply may hold.
        output_bytes: The most that the worker may print over its life.
    """

    def __init__(self, data: socket.socket, output: int, reply_bytes: int, output_bytes: int) -> None:
        data.settimeout(0)
        os.set_blocking(output, False)
        self._data = data
        self._output = output
        self._reply_bytes = reply_bytes
        self._output_bytes = output_bytes
        self._printed = bytearray()
        self._output_open = True

    @property
    def printed(self) -> bytes:
        """What the worker has printed so far."""
        return bytes(self._printed)

    def exchange(self, request: Any, seconds: float, read_waiting: Callable[[], float] = lambda: 0.0) -> Any:
        """Ask, and wait for the answer that carries the number of this question.

        Args:
            request: What to send; see `grader.wire.encode`.
            seconds: Wall time for sending, waiting and receiving together.
            read_waiting: Returns for how many seconds the worker has waited for a processor: on a busy
                machine it gets as many more, up to `MOST_WAITING` times ``seconds``.

        Returns:
            The value that the worker sent; anything the format allows.

        Raises:
            WireError: The request itself cannot be sent.
            LateError: The time is over.
            GoneError: The worker closed its end.
            FloodError: The worker printed too much.
            RefusedError: A reply came that is malformed, too large, unasked for or misnumbered.
        """
        number = secrets.randbits(64)  # not to be guessed, so that no answer can be written in advance
        outgoing = [memoryview(part) for part in pack(number, request, strict=True)]
        deadline = time.monotonic() + seconds

        def count_left() -> float:
            left = deadline - time.monotonic()
            return left if left > 0 else left + min(read_waiting(), MOST_WAITING * seconds)

        self._refuse_unasked()
        try:
            frame = self._converse(outgoing, FrameReceiver(self._reply_bytes), count_left)
            if frame.number != number:
                raise RefusedError("it is not the reply to this call")
            return frame.value()
        except WireError as error:
            raise RefusedError(str(error)) from None
        finally:
            self.drain()

    def drain(self) -> None:
        """Take what the output pipe holds at this moment.

        Raises:
            FloodError: The worker printed too much.
        """
        while self._output_open and self._take_output():
            pass

    def close(self) -> None:
        """Close both ends that are ours."""
        self._output_open = False
        self._data.close()
        os.close(self._output)

    def _refuse_unasked(self) -> None:
        try:
            early = self._data.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return
        except ConnectionError:
            raise GoneError from None
        if early:
            raise RefusedError("something came before the call")
        raise GoneError

    def _converse(
        self, outgoing: list[memoryview], receiver: FrameReceiver, count_left: Callable[[], float]
    ) -> Frame:
        poller = select.poll()
        if self._output_open:
            poller.register(self._output, select.POLLIN)
        data = self._data.fileno()
        poller.register(data, select.POLLIN | select.POLLOUT)
        while (left := count_left()) > 0:
            for descriptor, events in poller.poll(left * 1000):
                if descriptor == self._output:
                    if not self._take_output() and events & select.POLLHUP:
                        poller.unregister(self._output)
                    continue
                if events & select.POLLOUT:
                    self._send(outgoing)
                    if not outgoing:
                        poller.modify(data, select.POLLIN)
                if events & ~select.POLLOUT:
                    frame = self._receive(receiver)
                    if frame is not None:
                        return frame
        raise LateError

    def _send(self, outgoing: list[memoryview]) -> None:
        try:
            sent = self._data.send(outgoing[0])
        except BlockingIOError:
            return
        except ConnectionError:
            raise GoneError from None
        outgoing[0] = outgoing[0][sent:]
        if not outgoing[0]:
            del outgoing[0]

    def _receive(self, receiver: FrameReceiver) -> Frame | None:
        try:
            count = self._data.recv_into(receiver.window)
        except BlockingIOError:
            return None
        except ConnectionError:
            raise GoneError from None
        if not count:
            raise GoneError
        return receiver.advance(count)

    def _take_output(self) -> bool:
        """Read the output once; False when nothing is there."""
        try:
            chunk = os.read(self._output, _CHUNK_BYTES)
        except BlockingIOError:
            return False
        self._output_open = bool(chunk)
        self._printed += chunk
        if len(self._printed) > self._output_bytes:
            del self._printed[self._output_bytes :]
            self._output_open = False
            raise FloodError
        return bool(chunk)
