"""Named snippets of ours that run beside a student's code and send back what they saw.

A probe returns values, never verdicts: the student's code shares its process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

PROBES: dict[str, Callable[..., Any]] = {}


def probe(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function as the probe of a name.

    The function's first argument is the loaded `Student` (without functions when no submission
    was loaded), the others are the keyword arguments of ``session.probe(name, ...)``.

    Args:
        name: The name that sessions call it by.

    Raises:
        ValueError: The name is taken.

    Examples:
        >>> @probe("example")
        ... def count(student, *, upto):
        ...     return list(range(upto))
        >>> PROBES.pop("example")(None, upto=3)
        [0, 1, 2]
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        if name in PROBES:
            raise ValueError(f"there are two probes named {name!r}")
        PROBES[name] = function
        return function

    return register
