"""Bounding memory from outside, where the kernel's own limit cannot serve: look, and end the worker."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from grader.sandbox.accelerators import DriverLibrary, NoAcceleratorError

INTERVAL_SECONDS = 0.05
_JOIN_SECONDS = 5.0
# What a process has to itself; pages of files can be taken from it at any time.
_COUNTED = ("RssAnon:", "RssShmem:", "VmSwap:")
OF_THE_MACHINE, OF_THE_GPU = "", " of the GPU"


@dataclass(frozen=True, slots=True)
class Measure:
    """One kind of memory of a worker.

    Attributes:
        name: `OF_THE_MACHINE` or `OF_THE_GPU`.
        read: Counts the bytes in use now.
        most_bytes: The most that may be in use.
        allowed_bytes: What the worker may use of its own, for words.
    """

    name: str
    read: Callable[[], int]
    most_bytes: int
    allowed_bytes: int


def count_resident(process: int, root: Path = Path("/proc")) -> int:
    """Count the memory that a process has to itself, on the machine and in its swap.

    Args:
        process: Its id.
        root: Where the kernel shows processes.

    Raises:
        OSError: There is no such process, or it is hidden.

    Examples:
        >>> import os
        >>> count_resident(os.getpid()) > 1 << 20
        True
    """
    lines = (root / str(process) / "status").read_text(encoding="ascii", errors="replace").splitlines()
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith(_COUNTED))


def measure_resident(process: int, allowed_bytes: int) -> Measure:
    """Measure what a worker uses of the machine's memory above what it uses now.

    Raises:
        OSError: The kernel does not show the process.
    """
    baseline = count_resident(process)
    return Measure(OF_THE_MACHINE, lambda: count_resident(process), baseline + allowed_bytes, allowed_bytes)


def measure_device(library: DriverLibrary, uuid: str, process: int, allowed_bytes: int) -> Measure:
    """Measure what a worker uses of a device's memory.

    Where the driver does not tell what the process uses, as in containers, the growth of the whole device
    counts: its queue lets no other worker of ours use it meanwhile.

    Raises:
        NoAcceleratorError: The driver does not answer.
    """
    before = library.count_used(uuid)

    def read() -> int:
        own = library.count_used_by(uuid, process)
        return own if own is not None else library.count_used(uuid) - before

    return Measure(OF_THE_GPU, read, allowed_bytes, allowed_bytes)


class MemoryWatch:
    """Looks at a worker's memory again and again, and ends the worker that uses too much.

    What a worker takes between two looks is not held back: this bounds what it keeps, not what it
    touches within 50 ms.

    Args:
        measures: What to look at.
        kill: Ends the worker.

    Attributes:
        exceeded: The measure that was exceeded; None while none was.
        blind: Why nothing could be seen any more; the worker is ended then too. Empty while all is well.
    """

    def __init__(self, measures: list[Measure], kill: Callable[[], None]) -> None:
        self.exceeded: Measure | None = None
        self.blind = ""
        self._measures = measures
        self._kill = kill
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, name="memory watch", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more; the worker's process may be let go of afterwards."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_JOIN_SECONDS)

    def _look(self) -> None:
        while not self._stop.wait(INTERVAL_SECONDS):
            for measure in self._measures:
                try:
                    used = measure.read()
                except (ProcessLookupError, FileNotFoundError):
                    return  # it has ended
                except (OSError, NoAcceleratorError) as error:
                    self.blind = f"its memory{measure.name} cannot be seen: {error}"
                    break
                if used > measure.most_bytes:
                    self.exceeded = measure
                    break
            if self.exceeded or self.blind:
                with suppress(OSError):
                    self._kill()
                return
