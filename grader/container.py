"""What this machine, or the container on it, may use, so that no more is begun than fits."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

GIBIBYTE = 1 << 30
# The finetune was written for 2 processors and 3 GB; a tier that is named so has a little less.
FINETUNE_BYTES = int(2.7 * GIBIBYTE)
FINETUNE_CORES = 1.9
# Below this, one worker at a time; with all six at once a grading was measured to want 870 MiB.
SMALL_BYTES = int(1.3 * GIBIBYTE)
_UNLIMITED = 1 << 60


@dataclass(frozen=True, slots=True)
class Container:
    """What may be used.

    Attributes:
        memory_bytes: Memory.
        cores: Processors, in fractions.
    """

    memory_bytes: int
    cores: float

    @property
    def carries_finetune(self) -> bool:
        """Whether the short finetune on the processor fits.

        Examples:
            >>> Container(3 * GIBIBYTE, 2.0).carries_finetune, Container(GIBIBYTE, 4.0).carries_finetune
            (True, False)
        """
        return self.memory_bytes >= FINETUNE_BYTES and self.cores >= FINETUNE_CORES

    @property
    def slowness(self) -> float:
        """What limits of wall time are multiplied by: a share of a processor takes longer.

        Examples:
            >>> Container(GIBIBYTE, 0.5).slowness, Container(GIBIBYTE, 2.0).slowness
            (3.0, 1.5)
        """
        return 3.0 if self.cores < 1 else 1.5

    @property
    def is_small(self) -> bool:
        """Whether memory is so scarce that speed is given up for it.

        Examples:
            >>> Container(768 << 20, 0.5).is_small, Container(3 * GIBIBYTE, 2.0).is_small
            (True, False)
        """
        return self.memory_bytes < SMALL_BYTES

    @property
    def workers(self) -> int:
        """How many workers of a submission may be open at once; 0 for as many as there are functions."""
        return 1 if self.is_small else 0

    def describe(self) -> str:
        """Say it in words.

        Examples:
            >>> Container(768 << 20, 0.5).describe()
            '0.5 processors, 768 MiB'
        """
        return f"{self.cores:g} processors, {self.memory_bytes >> 20} MiB"


def measure_container(root: Path = Path("/")) -> Container:
    """Find what the control groups, the machine and the affinity leave.

    Args:
        root: Where ``proc`` and ``sys`` lie.
    """
    limits = [_read_total_memory(root / "proc/meminfo")]
    cores = [float(len(os.sched_getaffinity(0)))]
    for folder in _list_groups(root, "memory"):
        limits += [_read_number(folder / "memory.max"), _read_number(folder / "memory.limit_in_bytes")]
    cores += [_read_quota(folder) for folder in _list_groups(root, "cpu")]
    return Container(min(limits), min(cores))


def count_memory_kills(root: Path = Path("/"), *, anywhere: bool = False) -> int:
    """Count the processes that the kernel killed here because memory ran out.

    A worker that was killed while it rises did nothing wrong.

    Args:
        root: Where ``proc`` and ``sys`` lie.
        anywhere: Count all processes of the machine, not those of our control groups alone.

    Returns:
        The count; what cannot be read counts nothing.
    """
    places = [
        folder / name
        for folder in _list_groups(root, "memory")
        for name in ("memory.events", "memory.oom_control")
    ]
    if anywhere:
        places.append(root / "proc/vmstat")
    counts = [0]
    for place in places:
        try:
            lines = place.read_text(encoding="ascii").splitlines()
            counts += [int(line.split()[1]) for line in lines if line.startswith("oom_kill ")]
        except (OSError, ValueError, IndexError):
            continue
    return max(counts)


def _list_groups(root: Path, controller: str) -> list[Path]:
    """List the folders of our control groups: version 2 and version 1, our own and the outermost one."""
    top = root / "sys/fs/cgroup"
    folders = [top, top / controller]
    try:
        lines = (root / "proc/self/cgroup").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return folders
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "" or controller in controllers.split(","):
            folders.append((top / controller if controllers else top) / path.lstrip("/"))
    return folders


def _read_number(path: Path) -> int:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return _UNLIMITED


def _read_total_memory(path: Path) -> int:
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except OSError:
        return _UNLIMITED
    totals = [int(line.split()[1]) << 10 for line in lines if line.startswith("MemTotal:")]
    return totals[0] if totals else _UNLIMITED


def _read_quota(folder: Path) -> float:
    """Read the share of processor time: version 2 of control groups, then version 1."""
    try:
        quota, period = (folder / "cpu.max").read_text(encoding="ascii").split()
        return int(quota) / int(period)
    except (OSError, ValueError):
        pass
    quota_us, period_us = (
        _read_number(folder / "cpu.cfs_quota_us"),
        _read_number(folder / "cpu.cfs_period_us"),
    )
    return quota_us / period_us if 0 < quota_us < _UNLIMITED and period_us < _UNLIMITED else float("inf")
