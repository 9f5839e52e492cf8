"""How a hidden test says what it found."""

from __future__ import annotations

from typing import Any

import numpy as np

MAX_SHOWN = 300
MAX_ENTRIES = 8


class CheckFailed(AssertionError):  # noqa: N818  # it is an outcome, not an error
    """The student's answer is not right.

    Args:
        call: The call that was made.
        got: What came back.
        expected: What a right answer is.
        rationale: Why it is not right.
        hint: How to go on.
    """

    def __init__(self, *, call: str, got: str, expected: str, rationale: str, hint: str = "") -> None:
        super().__init__(rationale)
        self.call, self.got, self.expected = call, got, expected
        self.rationale, self.hint = rationale, hint


class CheckSkipped(Exception):  # noqa: N818  # it is an outcome, not an error
    """The check could not be made because another one failed; the message says which."""


class LeftToPerson(Exception):  # noqa: N818  # it is an outcome, not an error
    """Only a person can decide; the points stay pending."""


def show(value: Any) -> str:
    """Show a value in at most one short line.

    Examples:
        >>> show(np.array([[1.0], [2.5]]))
        '[1, 2.5], shape (2, 1), float64'
        >>> show(None)
        'None'
    """
    if isinstance(value, np.ndarray):
        entries = ", ".join(f"{entry:.6g}" for entry in value.reshape(-1)[:MAX_ENTRIES])
        more = ", …" if value.size > MAX_ENTRIES else ""
        return f"[{entries}{more}], shape {value.shape}, {value.dtype}"
    return repr(value)[:MAX_SHOWN]
