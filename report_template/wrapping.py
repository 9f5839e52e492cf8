"""The lines of a person's text: which line ends were meant."""

from __future__ import annotations

import re
from itertools import pairwise

SHORT_LINE = 45
_LIST_ITEM = re.compile(r"[-*•+]\s|\(?\w{1,2}[.):]\s")


def join_lines(text: str) -> str:
    r"""Join the lines of a paragraph that an editor wrapped.

    A line ends where the student ended it when it is short, or when a list goes on after it.

    Examples:
        >>> print(join_lines("a line that is as long as the editor is wide\nso it goes on\n- one\n- two"))
        a line that is as long as the editor is wide so it goes on
        - one
        - two
    """
    lines = [line.strip() for line in text.split("\n")]
    joined = lines[:1]
    for before, line in pairwise(lines):
        ends = len(before) < SHORT_LINE or _LIST_ITEM.match(line) or line.startswith(("$$", "\\["))
        joined.append(("\n" if ends else " ") + line)
    return "".join(joined)
