"""How well workers are confined on this machine."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

_SUFFICIENT = ("A", "B", "B'")


@dataclass(frozen=True, slots=True)
class Isolation:
    """What holds a worker, as tried out at the start in a real one.

    Attributes:
        level: "A", "B", "B'", "C" or "D"; see ``docs/sandbox.md``.
        layers: The layers in force, in the order in which they were applied.
        missing: The layers that the machine refused, each with the reason.
        self_test: For each attempt of the self-test: whether it was contained.
        kernel: The kernel's release.
        landlock_abi: The version of Landlock in force, 0 for none.
    """

    level: str
    layers: tuple[str, ...]
    missing: tuple[str, ...]
    self_test: dict[str, bool]
    kernel: str
    landlock_abi: int

    @property
    def is_sufficient(self) -> bool:
        """Whether grading may go on without ``allow_weak``."""
        return self.level in _SUFFICIENT

    def as_dict(self) -> dict[str, Any]:
        """Return the isolation as it stands in ``results.json``."""
        return asdict(self) | {"layers": list(self.layers), "missing": list(self.missing)}


_OF_USER = {"network", "fork", "kill_others", "write_outside", "memory"}


def judge_level(layers: tuple[str, ...], self_test: dict[str, bool]) -> str:
    """Name the level that the self-test bears out.

    Args:
        layers: The layers in force.
        self_test: For each attempt: whether it was contained.

    Returns:
        The level.

    Examples:
        >>> judge_level(("namespaces", "landlock"), {"network": True})
        'A'
        >>> judge_level(("namespaces", "landlock"), {"network": False})
        'D'
    """
    if self_test and all(self_test.values()):
        for layer, level in (("namespaces", "A"), ("landlock", "B"), ("chroot", "B'")):
            if layer in layers:
                return level
    contained = {name for name, held in self_test.items() if held}
    return "C" if "uid" in layers and contained >= _OF_USER else "D"
