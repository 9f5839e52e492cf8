"""What an exception says about the student's code; the exception itself may be hostile."""

from __future__ import annotations

import linecache
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_MESSAGE = 500
_MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class Trouble:
    """An exception, as plain data.

    Attributes:
        type_name: Its class.
        message: Its text, cut.
        file: The student's file where it arose, or None.
        line: The line there, or None.
        cell: The notebook's code cell, counted from 1, or None.
    """

    type_name: str
    message: str
    file: str | None = None
    line: int | None = None
    cell: int | None = None

    def as_wire(self) -> dict[str, Any]:
        """Return the trouble as plain data."""
        return asdict(self)


def describe_exception(error: BaseException, places: Mapping[str, tuple[str, int | None]]) -> Trouble:
    """Tell what was raised and where in the student's code.

    Args:
        error: Any exception.
        places: For the name of every piece of the student's code: its file and cell.

    Returns:
        The innermost place in the student's code, also for errors that arose in a library.
    """
    name, line = None, None
    for name, line in _code_lines(error, places):  # noqa: B007  # the last one counts
        pass
    message = _message(error)
    if isinstance(error, SyntaxError) and error.filename in places:
        name, line, message = error.filename, error.lineno, str(error.msg)
    file, cell = places[name] if name else (None, None)
    return Trouble(type(error).__name__[:_MAX_NAME], message[:MAX_MESSAGE], file, line, cell)


def is_stub(error: BaseException, places: Mapping[str, tuple[str, int | None]]) -> bool:
    """Whether an exception is the NotImplementedError that a student's own line raises.

    PyTorch raises the same class for operations that it lacks.
    """
    if not isinstance(error, NotImplementedError):
        return False
    innermost = None
    for innermost in _code_lines(error, places):  # noqa: B007
        pass
    return innermost is not None and "raise" in linecache.getline(*innermost)


def _code_lines(
    error: BaseException, places: Mapping[str, tuple[str, int | None]]
) -> Iterator[tuple[str, int]]:
    """Walk a traceback from the outside in, in the student's code only."""
    step = error.__traceback__
    while step is not None:
        name = step.tb_frame.f_code.co_filename
        if name in places:
            yield name, step.tb_lineno
        step = step.tb_next


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException:  # noqa: BLE001  # a student's __str__ may do anything
        return "(its message cannot be shown)"
