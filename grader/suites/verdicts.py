"""How a hidden test says what it found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

MAX_SHOWN = 300
MAX_INPUT_ENTRIES = 64


class CheckFailed(AssertionError):  # noqa: N818  # it is an outcome, not an error
    """The student's answer is not right.

    Args:
        call: The call that was made, without the hidden values.
        got: What came back.
        expected: What a right answer is; for staff only.
        rationale: Why it is not right.
        hint: How to go on.
        tolerance: What was allowed, and why.

    Attributes:
        inputs: The hidden inputs as Python, shortened; for staff only.
        values: The same, whole, by name.
    """

    def __init__(
        self, *, call: str, got: str, expected: str, rationale: str, hint: str = "", tolerance: str = ""
    ) -> None:
        super().__init__(rationale)
        self.call, self.got, self.expected = call, got, expected
        self.rationale, self.hint, self.tolerance = rationale, hint, tolerance
        self.inputs = ""
        self.values: dict[str, Any] = {}


class CheckSkipped(Exception):  # noqa: N818  # it is an outcome, not an error
    """The check could not be made because another one failed; the message says which."""


class LeftToPerson(Exception):  # noqa: N818  # it is an outcome, not an error
    """Only a person can decide; the points stay pending."""


@contextmanager
def on_inputs(**inputs: Any) -> Iterator[None]:
    """Note the hidden inputs of a comparison that fails inside, as a line that Python reads.

    Args:
        inputs: The arguments of the call by name.
    """
    try:
        yield
    except CheckFailed as error:
        error.values = error.values or inputs
        if not error.inputs:
            error.inputs = "; ".join(f"{name} = {write_python(value)}" for name, value in inputs.items())
        raise


def write_python(value: Any) -> str:
    """Write a value as the Python expression that gives it again, to the last bit.

    An array of more than `MAX_INPUT_ENTRIES` is cut, and then Python refuses the line.

    Args:
        value: An array, a tensor, or what ``repr`` writes.

    Examples:
        >>> write_python(np.array([[0.1], [2.0]]))
        'np.array([0.1, 2.0]).reshape(2, 1)'
        >>> write_python(np.array([0.1], dtype=np.float32))
        'np.array([0.1], dtype=np.float32)'
        >>> write_python(4)
        '4'
    """
    is_tensor = hasattr(value, "detach")
    array = value.detach().numpy() if is_tensor else value
    if not isinstance(array, np.ndarray):
        return repr(value)
    # str() of a scalar is the shortest text that is read as the same number of its type.
    entries = [str(entry) for entry in array.reshape(-1)[:MAX_INPUT_ENTRIES]]
    if array.size > MAX_INPUT_ENTRIES:
        entries.append(f"… {array.size - MAX_INPUT_ENTRIES} more")
    library, usual = ("torch", "float32") if is_tensor else ("np", "float64")
    dtype = "" if array.dtype.name == usual else f", dtype={library}.{array.dtype.name}"
    shape = "" if array.ndim == 1 else f".reshape{array.shape}"
    return f"{library}.{'tensor' if is_tensor else 'array'}([{', '.join(entries)}]{dtype}){shape}"


def show(value: Any, entries: int = 8) -> str:
    """Show a value in one short line.

    Args:
        value: Anything.
        entries: How many entries of an array are shown at most.

    Examples:
        >>> show(np.array([[1.0], [2.5]]))
        '[1, 2.5], shape (2, 1), float64'
        >>> show(None)
        'None'
    """
    if isinstance(value, torch.Tensor):
        value = value.detach().to(torch.complex128 if value.is_complex() else torch.float64).numpy()
    if isinstance(value, np.ndarray):
        numbers = value.reshape(-1)[:entries] + 0  # a truth becomes 0 or 1
        shown = ", ".join(f"{entry:.6g}" for entry in numbers)
        more = ", …" if value.size > entries else ""
        return f"[{shown}{more}], shape {value.shape}, {value.dtype}"
    return repr(value)[:MAX_SHOWN]
