"""The fonts of the reports, and text made legible in them."""

from __future__ import annotations

import importlib.util
import unicodedata
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

SANS, BOLD, MONO = "HwSans", "HwSans-Bold", "HwMono"
FILES = {
    SANS: "DejaVuSans.ttf",
    BOLD: "DejaVuSans-Bold.ttf",
    MONO: "DejaVuSansMono.ttf",
}
# A person can neither see nor read these; bidirectional overrides among them also reorder what follows.
INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}


def find_font_folder() -> Path:
    """Find the DejaVu fonts that matplotlib ships, without importing it where that can be avoided.

    Returns:
        The folder of the TrueType files.

    Raises:
        FileNotFoundError: matplotlib is not installed, or without its data.
    """
    specification = importlib.util.find_spec("matplotlib")
    if specification is None or specification.origin is None:
        raise FileNotFoundError("matplotlib: found no installation, expected its DejaVu fonts; install it")
    folder = Path(specification.origin).parent / "mpl-data" / "fonts" / "ttf"
    if not (folder / FILES[SANS]).is_file():
        # Some distributions keep the data elsewhere, and only matplotlib knows where.
        import matplotlib as mpl

        folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    if not (folder / FILES[SANS]).is_file():
        raise FileNotFoundError(
            f"{folder}: found no {FILES[SANS]}, expected matplotlib's fonts; reinstall it"
        )
    return folder


@cache
def register_fonts() -> None:
    """Register the three faces with reportlab, once per process."""
    folder = find_font_folder()
    for name, file in FILES.items():
        pdfmetrics.registerFont(TTFont(name, str(folder / file)))
    pdfmetrics.registerFontFamily(SANS, normal=SANS, bold=BOLD, italic=SANS, boldItalic=BOLD)
    pdfmetrics.registerFontFamily(MONO, normal=MONO, bold=MONO, italic=MONO, boldItalic=MONO)


class _Legible(dict[int, str]):
    """A table for `str.translate` that fills itself: what a font cannot show becomes its code."""

    def __init__(self, font: str) -> None:
        super().__init__({ord("\n"): "\n", ord("\t"): "    ", 0x2028: "\n", 0x2029: "\n", 0xA0: " "})
        register_fonts()
        self._glyphs = pdfmetrics.getFont(font).face.charToGlyph

    def __missing__(self, code: int) -> str:
        character = chr(code)
        # reportlab's table of code points ends at 0xFFFF: what lies above could be seen but not copied.
        shown = code <= 0xFFFF and code in self._glyphs
        if not shown or unicodedata.category(character) in INVISIBLE:
            character = f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
        self[code] = character
        return character


_table = cache(_Legible)


def make_legible(text: str, font: str = SANS) -> str:
    r"""Replace what a font cannot show by its code point, so that nothing is dropped silently.

    Args:
        text: Any text, also a student's.
        font: One of the registered faces.

    Returns:
        The text with line feeds as the only control character.

    Examples:
        >>> print(make_legible("λ\x00 \u202eabc 你 \U0001f600"))
        λ\u0000 \u202eabc \u4f60 \U0001f600
    """
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_table(font))


def make_markup(text: str, font: str = SANS) -> str:
    """Make text legible and escape it for reportlab's paragraphs, which read markup.

    Examples:
        >>> make_markup('<img src="/etc/passwd">')
        '&lt;img src="/etc/passwd"&gt;'
    """
    return escape(make_legible(text, font))


def measure(text: str, size: float, font: str = SANS) -> float:
    """Measure the width of a line of text in points."""
    register_fonts()
    return float(pdfmetrics.stringWidth(text, font, size))


def shorten(text: str, characters: int = 600, lines: int = 8) -> str:
    """Cut text that would not fit where it is quoted, and say how much was left out.

    Args:
        text: Any text.
        characters: The most characters to keep.
        lines: The most lines to keep.

    Returns:
        The text, or its beginning with a note.

    Examples:
        >>> shorten("abcdef", characters=4)
        'abcd … (2 more characters)'
    """
    kept = "\n".join(text.split("\n", lines)[:lines])[:characters]
    left_out = len(text) - len(kept)
    return text if left_out <= 0 else f"{kept} … ({left_out:,} more characters)"
