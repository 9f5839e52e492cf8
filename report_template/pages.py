"""The pages of both reports: header, footer, outline, and a document that is never lost."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reportlab import rl_config
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, CondPageBreak, Flowable, Frame, PageTemplate, Paragraph

from report_template.attachments import attach_files
from report_template.fonts import BOLD, SANS, make_legible, make_markup, measure, register_fonts, shorten
from report_template.plain_mathematics import flatten_formulas
from report_template.styles import (
    BOTTOM,
    FAIL,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    QUIET,
    RULE,
    SIDE,
    TEXT_HEIGHT,
    TEXT_WIDTH,
    TOP,
    colour,
    styles,
)
from report_template.wrapping import join_lines

Story = list[Flowable]
FURNITURE_SIZE = 7.0
TOTAL_FORM = "hw4-page-total"


@dataclass(frozen=True)
class Furniture:
    """What stands on every page and in the document's properties.

    Attributes:
        title: The document's title.
        author: Its author.
        subject: Its subject.
        header: Upper left of every page.
        owner: Upper right of every page: who handed in.
        footer: Lower left of every page.
        stamp: A warning in the middle of the header; empty for none.
    """

    title: str
    author: str = ""
    subject: str = ""
    header: str = ""
    owner: str = ""
    footer: str = ""
    stamp: str = ""


class Heading(Paragraph):  # type: ignore[misc]  # reportlab carries no annotations
    """A heading that stands in the outline and can be linked to.

    Args:
        text: Plain text; it is made legible and escaped.
        style: Name of the style.
        key: The link's target, unique in the document.
        level: Level in the outline, from 0.
        markup: The heading as markup, where it holds more than the text.
    """

    def __init__(self, text: str, style: str, key: str, level: int, markup: str = "") -> None:
        super().__init__(markup or make_markup(text), styles()[style])
        self.entry = (make_legible(text), key, level)

    def draw(self) -> None:
        """Draw the heading and note where it stands."""
        title, key, level = self.entry
        self.canv.bookmarkHorizontal(key, 0, self.height + 4)
        self.canv.addOutlineEntry(title, key, level, closed=level >= 1)
        super().draw()


class _Canvas(Canvas):  # type: ignore[misc]
    """A canvas that attaches files and writes the number of pages when it knows it."""

    files: Mapping[str, bytes] = {}

    def save(self) -> None:
        """Finish the document."""
        if self._code:
            self.showPage()
        self.beginForm(TOTAL_FORM, 0, -3, 30, 10)
        self.setFont(SANS, FURNITURE_SIZE)
        self.setFillColor(colour(QUIET))
        self.drawString(0, 0, str(self.getPageNumber() - 1))
        self.endForm()
        attach_files(self, self.files)
        super().save()


def _fit(text: str, width: float) -> str:
    """Cut a line to a width."""
    line = " ".join(make_legible(text[:300]).split())
    if measure(line, FURNITURE_SIZE) <= width:
        return line
    while line and measure(line + "…", FURNITURE_SIZE) > width:
        line = line[:-1]
    return line + "…"


def _draw_furniture(canvas: Any, furniture: Furniture) -> None:
    canvas.saveState()
    top, bottom, right = PAGE_HEIGHT - TOP + 16, BOTTOM - 14, PAGE_WIDTH - SIDE
    canvas.setStrokeColor(colour(RULE))
    canvas.setLineWidth(0.5)
    canvas.line(SIDE, top - 5, right, top - 5)
    canvas.line(SIDE, bottom + 9, right, bottom + 9)
    canvas.setFont(SANS, FURNITURE_SIZE)
    canvas.setFillColor(colour(QUIET))
    canvas.drawString(SIDE, top, _fit(furniture.header, 200))
    canvas.drawRightString(right, top, _fit(furniture.owner, 170))
    canvas.drawString(SIDE, bottom, _fit(furniture.footer, TEXT_WIDTH - 70))
    label = f"page {canvas.getPageNumber()} of "
    start = right - measure(label + "00", FURNITURE_SIZE)
    canvas.drawString(start, bottom, label)
    canvas.saveState()
    canvas.translate(start + measure(label, FURNITURE_SIZE), bottom)
    canvas.doForm(TOTAL_FORM)
    canvas.restoreState()
    if furniture.stamp:
        width = measure(furniture.stamp, 9, BOLD) + 16
        canvas.setFillColor(colour(FAIL))
        canvas.rect(PAGE_WIDTH / 2 - width / 2, top + 4, width, 14, stroke=0, fill=1)
        canvas.setFillColor(colour("#ffffff"))
        canvas.setFont(BOLD, 9)
        canvas.drawCentredString(PAGE_WIDTH / 2, top + 8, furniture.stamp)
    canvas.restoreState()


@contextmanager
def _compact_streams() -> Iterator[None]:
    """Write binary streams: ASCII85 would lengthen the file by a fifth."""
    before, rl_config.useA85 = rl_config.useA85, 0
    try:
        yield
    finally:
        rl_config.useA85 = before


def _render(story: Story, furniture: Furniture, files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    frame = Frame(SIDE, BOTTOM, TEXT_WIDTH, TEXT_HEIGHT, 0, 0, 0, 0, id="text")

    def start_page(canvas: Any, _document: Any) -> None:
        _draw_furniture(canvas, furniture)

    def make_canvas(*arguments: Any, **options: Any) -> _Canvas:
        options |= {"initialFontName": SANS, "invariant": 1, "lang": "en-US", "pageCompression": 1}
        canvas = _Canvas(*arguments, **options)
        canvas.files = files
        canvas.setViewerPreference("DisplayDocTitle", "true")
        canvas.showOutline()
        return canvas

    document = BaseDocTemplate(
        buffer,
        pagesize=(PAGE_WIDTH, PAGE_HEIGHT),
        title=make_legible(furniture.title),
        author=make_legible(furniture.author),
        subject=make_legible(furniture.subject),
        creator="hw4",
    )
    document.addPageTemplates([PageTemplate(id="page", frames=[frame], onPage=start_page)])
    with _compact_streams():
        document.build(story, canvasmaker=make_canvas)
    return buffer.getvalue()


def replace_file(path: Path, content: bytes) -> None:
    """Write a file so that a reader finds the old one or the new one, never a part.

    Args:
        path: The file.
        content: Its new content.

    Raises:
        OSError: The file cannot be written; nothing is left behind.
    """
    partial = path.with_name(path.name + ".part")
    try:
        partial.write_bytes(content)
        os.replace(partial, path)  # noqa: PTH105  # same on every platform, also over an existing file
    finally:
        partial.unlink(missing_ok=True)


def write_document(
    path: Path,
    make_story: Callable[[], Story],
    make_plain_text: Callable[[], str],
    furniture: Furniture,
    files: Mapping[str, bytes],
) -> None:
    """Build a PDF; where its pages cannot be laid out, a plain one with the same facts.

    Args:
        path: The file to write.
        make_story: Makes the pages.
        make_plain_text: Makes the text of the plain version, line by line.
        furniture: What stands on every page.
        files: Attachments by name.

    Raises:
        OSError: The file cannot be written.
    """
    register_fonts()
    try:
        content = _render(make_story(), furniture, files)
    except Exception as error:  # noqa: BLE001  # whatever fails in a layout, the report is not lost
        reason = shorten(f"{type(error).__name__}: {error}", 300, 3)
        note = Paragraph(
            f"The pages could not be laid out, so this is the plain version ({make_markup(reason)}).",
            styles()["note"],
        )
        content = _render([note, *_plain_story(make_plain_text())], furniture, files)
    replace_file(path, content)


def _plain_story(text: str) -> Story:
    style = styles()["code"]
    chunks = (
        line[start : start + 2000] for line in text.split("\n") for start in range(0, max(len(line), 1), 2000)
    )
    return [Paragraph(make_markup(chunk), style) for chunk in chunks if chunk.strip()]


def guard(make: Callable[[], Story], what: str) -> Story:
    """Make a part of a report, or a note that says why there is none.

    Args:
        make: Makes the part.
        what: What the part shows, for the note.

    Returns:
        The part, or the note.
    """
    try:
        return make()
    except Exception as error:  # noqa: BLE001  # a broken figure costs the figure, not the report
        return [make_note(f"{what} cannot be shown: {shorten(f'{type(error).__name__}: {error}', 200, 2)}.")]


def start_section(heading: Heading, room: float = 140.0) -> Story:
    """Start a section whose table or listing may break over pages: with its first rows, not with all of it.

    Args:
        heading: Its heading.
        room: The height it needs on the page.

    Returns:
        What stands before the section's content.
    """
    heading.keepWithNext = 0
    return [CondPageBreak(room), heading]


def make_note(text: str) -> Flowable:
    """Make a note that stands in the place of something missing."""
    return Paragraph(make_markup(text), styles()["note"])


def make_text(text: str, style: str = "body", most: int = 4000) -> Story:
    """Set a person's text as paragraphs, escaped and cut to a length that can be read.

    Args:
        text: Plain text; empty lines separate paragraphs.
        style: Name of the style.
        most: The most characters.

    Returns:
        Paragraphs, none of them too tall for a page.
    """
    found = []
    for block in re.split(r"\n[ \t]*\n", shorten(make_legible(text).strip(), most, max(most // 20, 8))):
        for start in range(0, len(block), 1500):
            chunk = make_markup(flatten_formulas(join_lines(block[start : start + 1500].strip())))
            if chunk:
                found.append(Paragraph(chunk.replace("\n", "<br/>"), styles()[style]))
    return found
