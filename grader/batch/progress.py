"""How far a run is: a bar on a terminal, a plain line per submission elsewhere."""

from __future__ import annotations

import time
from collections import deque
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from grader.terminal import plain

_RECENT = 50


class RunProgress:
    """Tells done, failed, rate and time left; a context manager.

    Args:
        console: Where to; on a terminal a bar, elsewhere lines.
        total: How many submissions there are.
    """

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._total = total
        self._times: deque[float] = deque(maxlen=_RECENT)
        self.done = self.failed = self.unchanged = 0
        self._bar = Progress(
            TextColumn("grading"),
            BarColumn(30),
            MofNCompleteColumn(),
            TextColumn("{task.fields[words]}"),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("grading", total=total, words="starting")

    def __enter__(self) -> Self:
        self._bar.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.__exit__(kind, error, trace)

    def skip(self) -> None:
        """Count a submission that did not have to be graded."""
        self.done += 1
        self.unchanged += 1
        self._bar.update(self._task, completed=self.done)

    def finish(self, key: str, words: str, *, failed: bool) -> None:
        """Count a submission and say what came of it.

        Args:
            key: The student.
            words: What came of it.
            failed: Whether there is no result.
        """
        self.done += 1
        self.failed += failed
        self._times.append(time.monotonic())
        state = self._say_state()
        self._bar.update(self._task, completed=self.done, words=state)
        if not self._console.is_terminal:
            line = Text(f"{self.done}/{self._total}  ") + plain(f"{key}: {words}", 400) + Text(f"  ({state})")
            self._console.print(line, soft_wrap=True)
        elif failed:
            self._console.print(Text("failed  ", "bold red") + plain(f"{key}: {words}", 400), soft_wrap=True)

    def tell(self, line: str) -> None:
        """Say something about the run itself."""
        self._console.print(plain(line, 400), soft_wrap=True)

    def _say_state(self) -> str:
        words = [f"{self.failed} failed"]
        if self.unchanged:
            words.append(f"{self.unchanged} unchanged")
        if len(self._times) > 1:
            rate = (len(self._times) - 1) / max(self._times[-1] - self._times[0], 1e-6)
            words.append(f"{rate:.2f}/s")
            words.append(f"{format_seconds((self._total - self.done) / rate)} left")
        return ", ".join(words)


def format_seconds(seconds: float) -> str:
    """Write a duration as a person reads it.

    Examples:
        >>> format_seconds(75), format_seconds(7260)
        ('1:15', '2:01:00')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
