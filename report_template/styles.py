"""The geometry, colours and paragraph styles of the pages, in points."""

from __future__ import annotations

from functools import cache

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.styles import ParagraphStyle

from report_template.fonts import BOLD, MONO, SANS, register_fonts

PAGE_WIDTH, PAGE_HEIGHT = 612.0, 792.0  # Letter
SIDE, TOP, BOTTOM = 54.0, 58.0, 54.0
TEXT_WIDTH = PAGE_WIDTH - 2 * SIDE
TEXT_HEIGHT = PAGE_HEIGHT - TOP - BOTTOM

# Contrast of at least 4.5:1 on white; a word always stands beside the colour.
PASS, PENDING, FAIL, OURS = "#116329", "#7d4e00", "#a40e26", "#5b2a86"
INK, QUIET, RULE, SHADE, NOTICE = "#1f2328", "#57606a", "#b6bcc4", "#f6f8fa", "#fff3bf"
REFERENCE = "#9aa3ad"
# Okabe and Ito's colours, which the colour-blind can tell apart; without the yellow, too pale for a line.
SERIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
STRENGTHS = ("#3b0f70", "#b5367a", "#1f77b4", "#a65e00")


def colour(code: str) -> HexColor:
    """Turn ``"#rrggbb"`` into reportlab's colour."""
    return HexColor(code)


@cache
def styles() -> dict[str, ParagraphStyle]:
    """Make the paragraph styles by name; nothing is set smaller than 7 points."""
    register_fonts()
    body = ParagraphStyle(
        "body",
        fontName=SANS,
        fontSize=9,
        leading=12.6,
        textColor=colour(INK),
        spaceAfter=4,
        splitLongWords=1,
        allowWidows=0,
        allowOrphans=0,
        bulletFontName=SANS,
    )

    def derive(name: str, **changes: object) -> ParagraphStyle:
        return ParagraphStyle(name, parent=body, **changes)

    cell = derive("cell", fontSize=8, leading=10.5, spaceAfter=0)
    made = [
        body,
        cell,
        derive("title", fontName=BOLD, fontSize=17, leading=21, spaceAfter=3),
        derive("h1", fontName=BOLD, fontSize=13, leading=16, spaceBefore=10, spaceAfter=4, keepWithNext=1),
        derive("h2", fontName=BOLD, fontSize=9.5, leading=12.6, spaceBefore=7, spaceAfter=2, keepWithNext=1),
        derive("caption", fontSize=7.5, leading=10, textColor=colour(QUIET), spaceAfter=4),
        derive("note", fontSize=8, leading=10.5, textColor=colour(PENDING), spaceAfter=3),
        derive("answer", fontSize=8, leading=10.5, leftIndent=8, spaceBefore=2, spaceAfter=3),
        derive("small", fontSize=7.5, leading=10, spaceAfter=0),
        ParagraphStyle("right", parent=cell, alignment=TA_RIGHT),
        ParagraphStyle("head", parent=cell, fontName=BOLD, fontSize=7.5, leading=10),
        ParagraphStyle("headright", parent=cell, fontName=BOLD, fontSize=7.5, leading=10, alignment=TA_RIGHT),
        ParagraphStyle("code", parent=cell, fontName=MONO, fontSize=7.2, leading=9),
    ]
    return {style.name: style for style in made}
