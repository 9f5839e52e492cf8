"""What a container may use, so that no more is begun than fits."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

GIBIBYTE = 1 << 30
# The finetune was written for 2 processors and 3 GB; a tier that is named so has a little less.
FINETUNE_BYTES = int(2.7 * GIBIBYTE)
FINETUNE_CORES = 1.9
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

    def describe(self) -> str:
        """Say it in words.

        Examples:
            >>> Container(768 << 20, 0.5).describe()
            '0.5 processors, 768 MiB'
        """
        return f"{self.cores:g} processors, {self.memory_bytes >> 20} MiB"


def measure_container(root: Path = Path("/")) -> Container:
    """Find what the control group, the machine and the affinity leave.

    Args:
        root: Where ``proc`` and ``sys`` lie.
    """
    groups = root / "sys/fs/cgroup"
    limits = [
        _read_number(groups / "memory.max"),
        _read_number(groups / "memory/memory.limit_in_bytes"),
        _read_total_memory(root / "proc/meminfo"),
    ]
    cores = [float(len(os.sched_getaffinity(0))), _read_quota(groups)]
    return Container(min(limits), min(cores))


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


def _read_quota(groups: Path) -> float:
    """Read the share of processor time: version 2 of control groups, then version 1."""
    try:
        quota, period = (groups / "cpu.max").read_text(encoding="ascii").split()
        return int(quota) / int(period)
    except (OSError, ValueError):
        pass
    quota_us = _read_number(groups / "cpu/cpu.cfs_quota_us")
    period_us = _read_number(groups / "cpu/cpu.cfs_period_us")
    return quota_us / period_us if 0 < quota_us < _UNLIMITED and period_us < _UNLIMITED else float("inf")
