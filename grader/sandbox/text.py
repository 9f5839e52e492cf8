"""Text that a worker wrote, made fit to be shown."""

from __future__ import annotations

import unicodedata

_CUT = "…"


def clean_text(text: object, max_characters: int) -> str:
    r"""Strip control, formatting and private characters, and cut.

    Args:
        text: What the worker sent; anything but a str gives "".
        max_characters: The most that is kept.

    Returns:
        Printable text of at most ``max_characters``; a cut is marked.

    Examples:
        >>> clean_text("red: \x1b[31m!", 100)
        'red: [31m!'
        >>> clean_text("0123456789", 5)
        '0123…'
    """
    if not isinstance(text, str):
        return ""
    lines = text[: 4 * max_characters].replace("\r\n", "\n").replace("\r", "\n")
    kept = "\n".join(map(_clean_one_line, lines.split("\n")))
    return kept if len(kept) <= max_characters else kept[: max_characters - 1] + _CUT


def _clean_one_line(line: str) -> str:
    if line.isprintable():
        return line
    return "".join(mark for mark in line if mark == "\t" or unicodedata.category(mark)[0] != "C")


def clean_line(text: object, max_characters: int) -> str:
    r"""Like `clean_text`, on one line.

    Examples:
        >>> clean_line("a\nb", 100)
        'a b'
    """
    return " ".join(clean_text(text, max_characters).split())
