"""The loop of a worker: read a frame, answer it, write a frame."""

from __future__ import annotations

import errno
import os
import random
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from grader.wire import Frame, FrameReceiver, WireError, pack
from grader.worker.answering import Desk

if TYPE_CHECKING:
    from grader.wire import Buffer

_MAX_REQUEST_BYTES = 1 << 30


def serve(data_fd: int) -> None:
    """Answer requests until the grader closes its end.

    Args:
        data_fd: The worker's end of a stream socket; 1 and 2 are the pipe for what is printed.
    """
    for descriptor, name in ((1, "stdout"), (2, "stderr")):  # the warm process had no use for its own
        stream = open(  # noqa: SIM115  # open to the end
            descriptor, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    _fix_seeds()
    desk = Desk()
    try:
        while (frame := _receive(data_fd)) is not None:
            _send(data_fd, frame.number, _answer(desk, frame))
    except MemoryError:  # in the middle of a frame there is no way back
        os._exit(errno.ENOMEM)


def _answer(desk: Desk, frame: Frame) -> dict[str, Any]:
    try:
        request = frame.value()
    except WireError:  # the grader's frames are sound: there is no room for what this one holds
        return {"status": "memory"}
    return desk.answer(request)


def _fix_seeds() -> None:
    """Let every worker draw the same numbers; Python's own generator is seeded anew after a fork."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002  # what students use
    torch.default_generator.manual_seed(0)


def _receive(data_fd: int) -> Frame | None:
    receiver = FrameReceiver(_MAX_REQUEST_BYTES)
    while True:
        count = os.readv(data_fd, [receiver.window])
        if not count:
            return None
        if frame := receiver.advance(count):
            return frame


def _send(data_fd: int, number: int, answer: dict[str, Any]) -> None:
    try:
        parts = pack(number, answer)
    except MemoryError:
        parts = pack(number, {"status": "memory"})
    except BaseException as error:  # noqa: BLE001  # the value may hold a student's objects
        why = str(error) if type(error) is WireError else "it cannot be sent"
        parts = pack(number, {"status": "unsendable", "why": why})
    _flush()
    for part in parts:
        _write(data_fd, part)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:  # noqa: BLE001, S112  # a student may have put anything there
            continue


def _write(data_fd: int, part: Buffer) -> None:
    left = memoryview(part)
    while left:
        left = left[os.write(data_fd, left) :]
