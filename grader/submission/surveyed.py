"""What a worker's survey found in one file, checked before anything is made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from grader.submission.files import SubmittedFile
from grader.submission.limits import MAX_NOTES
from grader.submission.names import clean_text

_MAX_PLACES = 1_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file.

    Attributes:
        file: The file's name to show.
        cell: Index among the code cells of a notebook; None in a ``.py`` file.
        line: The line, within the cell where there is one; 0 when nobody knows.
    """

    file: str
    cell: int | None
    line: int

    def __str__(self) -> str:
        cell = f", code cell {self.cell + 1}" if self.cell is not None else ""
        return f"{self.file}{cell}" + (f", line {self.line}" if self.line else "")


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A definition that a name stands for.

    Attributes:
        name: The name.
        kind: ``"definition"``, ``"assignment"``, ``"import"`` or ``"constant"``.
        cell: Index of its cell.
        line: First line within the cell.
        end_line: Last line within the cell.
        stub: Whether it is the handout's, untouched.
        origin: Module and name that it is imported from.
        problem: Why it cannot be called as the grader does; empty when it can.
    """

    name: str
    kind: str
    cell: int
    line: int
    end_line: int
    stub: bool
    origin: tuple[str, str] | None
    problem: str


@dataclass(frozen=True, slots=True)
class Hint:
    """Something in a file that the student should know about one function."""

    function: str
    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class CodeError:
    """Code that cannot be parsed, and the functions that it seems to define."""

    place: Place
    message: str
    functions: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Surveyed:
    """What was found in one file.

    Attributes:
        name: Its name to show.
        path: Its path within the submission.
        is_notebook: Whether it has cells.
        cells: Their code.
        found: Definitions by name.
        imports: The modules it imports.
        hints: What looks like a mistake in naming.
        errors: What cannot be parsed.
        notes: What the student should know, without the file's name.
        unreadable: Why nothing in it was read; empty when something was.
    """

    name: str
    path: str
    is_notebook: bool
    cells: tuple[str, ...] = ()
    found: dict[str, Found] = field(default_factory=dict)
    imports: tuple[str, ...] = ()
    hints: tuple[Hint, ...] = ()
    errors: tuple[CodeError, ...] = ()
    notes: tuple[str, ...] = ()
    unreadable: str = ""

    @property
    def is_usable(self) -> bool:
        """Whether it can be executed: a notebook without the cells that cannot be parsed."""
        return not self.unreadable and (self.is_notebook or not self.errors)

    def text(self, found: Found) -> str:
        """Return the source lines of a definition."""
        return "\n".join(self.cells[found.cell].split("\n")[found.line - 1 : found.end_line])


def read_surveyed(name: str, file: SubmittedFile, reply: Any) -> Surveyed:
    """Check the survey's reply about a file.

    Args:
        name: The name of the file, or of one that a notebook writes.
        file: The file itself.
        reply: The plain values that `grader.worker.survey` describes.

    Returns:
        The reply in a known form; unreadable when it has any other form.
    """
    path = file.name + name.removeprefix(file.display_name)
    try:
        if "unreadable" in reply:
            return _unreadable(name, path, clean_text(_text(reply["unreadable"])))
        return _read(name, path, reply)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        return _unreadable(name, path, "could not be read: it breaks the reader")


def _unreadable(name: str, path: str, reason: str) -> Surveyed:
    return Surveyed(name, path, is_notebook=False, unreadable=reason)


def _read(name: str, path: str, reply: dict[str, Any]) -> Surveyed:
    is_notebook = reply["is_notebook"] is True
    cells = tuple(_text(cell) for cell in reply["cells"])

    def place(values: dict[str, Any]) -> Place:
        cell = _count(values["cell"], len(cells) - 1)
        return Place(name, cell if is_notebook else None, _count(values["line"]))

    def finding(function: str, values: dict[str, Any]) -> Found:
        origin = values["origin"]
        return Found(
            name=function,
            kind=_text(values["kind"]),
            cell=_count(values["cell"], len(cells) - 1),
            line=max(1, _count(values["line"])),
            end_line=_count(values["end_line"]),
            stub=values["stub"] is True,
            origin=None if origin is None else (_text(origin[0]), _text(origin[1])),
            problem=clean_text(_text(values["problem"])),
        )

    return Surveyed(
        name=name,
        path=path,
        is_notebook=is_notebook,
        cells=cells,
        found={
            _text(function): finding(function, values) for function, values in reply["definitions"].items()
        },
        imports=tuple(_text(module) for module in reply["imports"]),
        hints=tuple(
            Hint(_text(hint["function"]), place(hint), clean_text(_text(hint["text"])))
            for hint in reply["hints"][:MAX_NOTES]
        ),
        errors=tuple(
            CodeError(
                place(error),
                clean_text(_text(error["message"]), 200),
                tuple(_text(function) for function in error["mentions"]),
            )
            for error in reply["errors"][:MAX_NOTES]
        ),
        notes=tuple(clean_text(_text(note)) for note in reply["notes"][:MAX_NOTES]),
    )


def _text(value: Any) -> str:
    if type(value) is not str:
        raise TypeError
    return value


def _count(value: Any, most: int = _MAX_PLACES) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise ValueError
    return value
