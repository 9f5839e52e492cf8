"""Text with formulas between dollars, as lines that break over pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, Paragraph

from report_template.fonts import make_legible, make_markup, measure, shorten
from report_template.mathematics import Formula, set_formula, split_rows
from report_template.pages import Story
from report_template.styles import TEXT_WIDTH, styles
from report_template.wrapping import join_lines

# An opening dollar stands before something, a closing one after something and before no digit:
# "$5 and $6" is money.
_MATHS = re.compile(
    r"\$\$(?P<display>.{1,2000}?)\$\$|\\\[(?P<bracket>.{1,2000}?)\\\]"
    r"|\\\((?P<paren>[^\n]{1,600}?)\\\)|(?<!\\)\$(?!\s)(?P<inline>[^$\n]{1,600}?)(?<![\s\\])\$(?!\d)",
    re.DOTALL,
)
MOST_CHARACTERS = 200_000
CHUNK = 1500
# Each formula takes some 20 ms; a text of thousands shows the rest as it was written.
MOST_FORMULAS = 150
SMALLEST_SCALE = 0.6
HANG = 5.0


@dataclass
class Typesetter:
    """Sets the texts of one report.

    Attributes:
        formulas_left: How many more different formulas are set.
        unreadable: Formulas that could not be set, as they were written.
    """

    formulas_left: int = MOST_FORMULAS
    unreadable: list[str] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)

    def set_text(self, text: str, style_name: str = "body", width: float = TEXT_WIDTH) -> Story:
        """Set a text.

        Args:
            text: Plain text with formulas between dollars; empty lines separate paragraphs.
            style_name: Name of the style.
            width: Of the column in points.

        Returns:
            Paragraphs and lines, none of them too tall for a page.
        """
        style = styles()[style_name]
        story: Story = []
        for block in re.split(r"\n[ \t]*\n", shorten(text.strip(), MOST_CHARACTERS, MOST_CHARACTERS)):
            story += self._set_block(join_lines(block.strip()), style, width)
        return story

    def _set_block(self, block: str, style: ParagraphStyle, width: float) -> Story:
        if _MATHS.search(block) is None:
            return _set_plain(block, style)
        lines = _Lines(style, width)
        position = 0
        for match in _MATHS.finditer(block):
            lines.add_text(block[position : match.start()])
            self._add_formula(lines, match)
            position = match.end()
        lines.add_text(block[position:])
        return lines.finish()

    def _add_formula(self, lines: _Lines, match: re.Match[str]) -> None:
        display = match["display"] or match["bracket"]
        source = display or match["paren"] or match["inline"]
        rows = split_rows(source) if display else [source]
        formulas = [self._set_formula(row, lines) for row in rows]
        for formula in formulas:
            if formula is None or None in formulas:
                self.unreadable.append(source)
                lines.add_text(match[0])
                return
            (lines.add_display if display else lines.add_formula)(formula)

    def _set_formula(self, source: str, lines: _Lines) -> Formula | None:
        """Set a formula, smaller where it is wider than the column."""
        if source not in self._seen:
            if self.formulas_left <= 0:
                return None
            self.formulas_left -= 1
            self._seen.add(source)
        size = float(lines.style.fontSize)
        formula = set_formula(source, size)
        if formula is None or formula.width <= lines.width:
            return formula
        scale = 0.99 * lines.width / formula.width
        return set_formula(source, size * scale) if scale >= SMALLEST_SCALE else None


def _set_plain(block: str, style: ParagraphStyle) -> Story:
    """Set text without formulas, in chunks that end at a space where there is one."""
    story: Story = []
    rest = make_legible(block.replace("\\$", "$"))
    while rest:
        cut = len(rest)
        if cut > CHUNK:
            cut = max(rest.rfind(" ", CHUNK // 2, CHUNK), rest.rfind("\n", CHUNK // 2, CHUNK))
            cut = CHUNK if cut < 0 else cut
        markup = make_markup(rest[:cut].strip("\n")).replace("\n", "<br/>")
        if markup.strip():
            story.append(Paragraph(markup, style))
        rest = rest[cut:].lstrip(" ")
    return story


@dataclass(frozen=True)
class _Piece:
    """A run of text or a formula at a place of the line."""

    x: float
    content: str | Formula


class MixedLine(Flowable):  # type: ignore[misc]  # reportlab carries no annotations
    """One line of text and formulas.

    Args:
        pieces: What stands on the line.
        style: The style of the text.
        width: Of the column.
        last: Whether the paragraph ends here.
    """

    def __init__(self, pieces: list[_Piece], style: ParagraphStyle, width: float, last: bool) -> None:
        super().__init__()
        self.pieces, self.style, self.width = pieces, style, width
        formulas = [piece.content for piece in pieces if isinstance(piece.content, Formula)]
        above = max([0.78 * style.leading, *(formula.height + 2 for formula in formulas)])
        self.below = max([0.22 * style.leading, *(formula.depth + 1.5 for formula in formulas)])
        self.height = above + self.below
        self.spaceAfter = style.spaceAfter if last else 0

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:  # noqa: ARG002
        """Return the line's size, whatever is available."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw onto ``self.canv``."""
        canvas = self.canv
        canvas.setFillColor(self.style.textColor)
        for piece in self.pieces:
            if isinstance(piece.content, Formula):
                piece.content.draw(canvas, piece.x, self.below)
            else:
                canvas.setFont(self.style.fontName, self.style.fontSize)
                canvas.drawString(piece.x, self.below, piece.content)


class _Lines:
    """Breaks text and formulas into lines."""

    def __init__(self, style: ParagraphStyle, width: float) -> None:
        self.style, self.left = style, float(style.leftIndent)
        self.width = width - self.left - HANG
        self._column = width
        self._lines: list[list[_Piece]] = []
        self._line: list[_Piece] = []
        self._x = 0.0
        self._space = self._measure(" ")
        self._gap = False

    def _measure(self, text: str) -> float:
        return measure(text, self.style.fontSize, self.style.fontName)

    def _break(self) -> None:
        if self._line:
            self._lines.append(self._line)
        self._line, self._x, self._gap = [], 0.0, False

    def _place(self, content: str | Formula, width: float) -> None:
        gap = self._space if self._gap and self._line else 0.0
        # A comma after a formula hangs in the margin rather than starting the next line.
        if self._line and self._x + gap + width > self.width + (0.0 if self._gap else HANG):
            self._break()
            gap = 0.0
        if isinstance(content, str) and self._line and isinstance(self._line[-1].content, str):
            # One run of text, so that it is copied as one.
            previous = self._line.pop()
            self._line.append(_Piece(previous.x, previous.content + " " * bool(gap) + content))  # type: ignore[operator]
        else:
            self._line.append(_Piece(self.left + self._x + gap, content))
        self._x += gap + width
        self._gap = False

    def add_text(self, text: str) -> None:
        """Add words; a line feed ends the line."""
        for word in re.findall(r"\n|[^\S\n]+|\S+", make_legible(text.replace("\\$", "$"))):
            if word == "\n":
                self._break()
            elif word.isspace():
                self._gap = True
            else:
                for part in self._fit(word):
                    self._place(part, self._measure(part))

    def _fit(self, word: str) -> Iterator[str]:
        """Break a word that is wider than the column."""
        most = max(int(self.width / self._measure("m")), 1)
        if self._measure(word) <= self.width:
            yield word
        else:
            yield from (word[start : start + most] for start in range(0, len(word), most))

    def add_formula(self, formula: Formula) -> None:
        """Add a formula to the line."""
        self._place(formula, formula.width)

    def add_display(self, formula: Formula) -> None:
        """Add a formula on a line of its own, centred."""
        self._break()
        self._lines.append([_Piece(self.left + (self.width - formula.width) / 2, formula)])

    def finish(self) -> Story:
        """Return the lines."""
        self._break()
        last = len(self._lines) - 1
        return [
            MixedLine(pieces, self.style, self._column, index == last)
            for index, pieces in enumerate(self._lines)
        ]
