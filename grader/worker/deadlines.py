"""Interrupting a cell that takes too long, so that the next ones still get their turn."""

from __future__ import annotations

import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_REPEAT_SECONDS = 0.25  # a bare ``except:`` in a loop swallows the first interruption
_RESERVE = 0.2  # of the time allowed, for what an interruption cannot stop at once
_LEAST_SECONDS = 0.05


class InterruptedCellError(BaseException):
    """A cell used up its share of the time for loading; no ``except Exception`` catches it."""


class Patience:
    """Shares the time for loading among cells: half of what is left for each, all for the last.

    Args:
        seconds: Wall time for all cells together.
        cells: How many there are.

    Examples:
        >>> patience = Patience(10.0, 2)
        >>> round(patience.next_share()), round(patience.next_share())
        (4, 8)
    """

    def __init__(self, seconds: float, cells: int) -> None:
        self._end = time.monotonic() + seconds * (1 - _RESERVE)
        self._cells = cells

    def next_share(self) -> float:
        """Return how many seconds the next cell may take."""
        self._cells -= 1
        left = self._end - time.monotonic()
        return max(left / 2 if self._cells > 0 else left, _LEAST_SECONDS)


@contextmanager
def interrupt_after(seconds: float) -> Iterator[None]:
    """Raise `InterruptedCellError` inside the block when it takes longer, again and again until it ends.

    Code that never returns to the interpreter is not interrupted; the grader's limit ends it.

    Args:
        seconds: Wall time that the block may take.
    """

    def interrupt(_signal_number: int, _frame: FrameType | None) -> None:
        raise InterruptedCellError(f"stopped after {seconds:.1f} s")

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds, _REPEAT_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
