"""Code excerpts with line numbers and colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String, Token
from reportlab.platypus import Flowable

from report_template.fonts import MONO, make_legible
from report_template.styles import INK, NOTICE, QUIET, SHADE, TEXT_WIDTH, colour

SIZE, LEADING, GUTTER, COLUMNS = 7.2, 9.0, 24.0, 92
PADDING = 3.0
COLOURS = (
    (Comment, "#57606a"),
    (String, "#0a3069"),
    (Number, "#0550ae"),
    (Keyword, "#a40e26"),
    (Name.Function, "#6639ba"),
    (Name.Class, "#953800"),
    (Name.Decorator, "#6639ba"),
    (Operator.Word, "#a40e26"),
)

Piece = tuple[str, str]


@dataclass(frozen=True)
class Line:
    """One printed line: its number in the file (None where a long line goes on), and its pieces."""

    number: int | None
    pieces: tuple[Piece, ...]
    marked: bool = False


def _find_colour(kind: Any) -> str:
    return next((code for parent, code in COLOURS if kind in parent), INK)


def _split_lines(source: str) -> list[list[Piece]]:
    """Split highlighted source at its line feeds."""
    lines: list[list[Piece]] = [[]]
    lexer = PythonLexer(stripnl=False, ensurenl=False)
    for kind, value in lexer.get_tokens(source):
        code = INK if kind in Token.Text else _find_colour(kind)
        first, *rest = value.split("\n")
        lines[-1].append((first, code))
        lines += [[(text, code)] for text in rest]
    return lines


def _wrap(pieces: list[Piece]) -> list[list[Piece]]:
    """Break a line that is too long for the page by hand."""
    rows: list[list[Piece]] = [[]]
    room = COLUMNS
    for text, code in pieces:
        rest = text
        while len(rest) > room:
            rows[-1].append((rest[:room] + "↩", code))
            rest, room = rest[room:], COLUMNS
            rows.append([])
        if rest:
            rows[-1].append((rest, code))
            room -= len(rest)
    return rows


def highlight(
    source: str, first_line: int = 1, marked: frozenset[int] = frozenset(), most: int = 40
) -> list[Line]:
    r"""Highlight Python source for a listing.

    Args:
        source: The source; anything else is shown as well, without sense in its colours.
        first_line: The number of its first line in the file.
        marked: Numbers of the lines to mark.
        most: The most lines to show; a note says how many more there are.

    Returns:
        Printed lines of at most 92 columns.

    Examples:
        >>> [line.number for line in highlight("x = 1\ny = 2\n", first_line=20)]
        [20, 21]
    """
    text = make_legible(source.rstrip(), MONO)
    all_lines = text.split("\n")
    shown = _split_lines("\n".join(line[: 40 * COLUMNS] for line in all_lines[:most]))
    lines = []
    for offset, pieces in enumerate(shown):
        number = first_line + offset
        for index, row in enumerate(_wrap(pieces)):
            lines.append(Line(number if index == 0 else None, tuple(row), number in marked))
    left_out = len(all_lines) - most
    if left_out > 0:
        lines.append(Line(None, ((f"… {left_out} more lines", QUIET),)))
    return lines[: 3 * most + 1]


class Listing(Flowable):  # type: ignore[misc]  # reportlab carries no annotations
    """Highlighted lines over a shade, with a gutter of line numbers; splits between lines.

    Args:
        lines: As `highlight` returns them.
    """

    def __init__(self, lines: list[Line]) -> None:
        super().__init__()
        self.lines = lines
        self.width, self.height = TEXT_WIDTH, len(lines) * LEADING + 2 * PADDING
        self.spaceBefore = self.spaceAfter = 4

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:  # noqa: ARG002
        """Return the listing's size, whatever is available."""
        return self.width, self.height

    def split(self, available_width: float, available_height: float) -> list[Flowable]:  # noqa: ARG002
        """Split between lines, at least three of them on this page."""
        fitting = int((available_height - 2 * PADDING) // LEADING)
        if fitting < 3:
            return []
        return [Listing(self.lines[:fitting]), Listing(self.lines[fitting:])]

    def draw(self) -> None:
        """Draw onto ``self.canv``."""
        canvas = self.canv
        canvas.setFillColor(colour(SHADE))
        canvas.rect(0, 0, self.width, self.height, stroke=0, fill=1)
        y = self.height - PADDING - SIZE
        for line in self.lines:
            if line.marked:
                canvas.setFillColor(colour(NOTICE))
                canvas.rect(GUTTER, y - 2, self.width - GUTTER, LEADING, stroke=0, fill=1)
            canvas.setFont(MONO, SIZE)
            if line.number is not None:
                canvas.setFillColor(colour(QUIET))
                canvas.drawRightString(GUTTER - 6, y, str(line.number))
            # One text object per line, so that a line is copied as one.
            text = canvas.beginText(GUTTER, y)
            for piece, code in line.pieces:
                text.setFillColor(colour(code))
                text.textOut(piece)
            canvas.drawText(text)
            y -= LEADING
