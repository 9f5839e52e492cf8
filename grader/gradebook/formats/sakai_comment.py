"""A comment that reaches a student of Sakai as it was written.

Sakai turns line ends into ``<br>``, un-escapes what looks escaped, and takes away what then looks like
a tag; it decodes the file in blocks, which tears characters of several bytes.
"""

from __future__ import annotations

import re

_WORDS = (
    (re.compile(r"\s*<=\s*"), " at most "),
    (re.compile(r"\s*>=\s*"), " at least "),
    (re.compile(r"\s*[-=]+>\s*"), " to "),
    (re.compile(r"\s*<[-=]+\s*"), " from "),
    (re.compile(r"\s+<\s+"), " below "),
    (re.compile(r"\s+>\s+"), " above "),
    (re.compile(r"<"), "("),
    (re.compile(r">"), ")"),
    (re.compile(r"\s*&+\s*"), " and "),
)
_BLANKS = re.compile(r"[ \t]+$", re.MULTILINE)


def write_comment(text: str) -> bytes:
    r"""Write a comment in ASCII, without angle brackets and ampersands that mean anything to Sakai.

    Args:
        text: Plain text.

    Returns:
        The bytes of ``comments.txt``; empty where there is no text.

    Examples:
        >>> write_comment("loss <= 0.1 & List<int>, see λ\n\nOK")
        b'loss at most 0.1 and List(int), see &#955;\n\nOK'
    """
    kept = "".join(c for c in text.replace("\r\n", "\n").replace("\r", "\n") if c == "\n" or c.isprintable())
    lines = []
    for line in kept.split("\n"):
        for pattern, words in _WORDS:
            line = pattern.sub(words, line)  # noqa: PLW2901  # each replacement builds on the last
        lines.append(line)
    return _BLANKS.sub("", "\n".join(lines)).strip().encode("ascii", "xmlcharrefreplace")
