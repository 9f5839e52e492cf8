"""Read what can be read of an ``answers.toml`` that is no proper TOML."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from grader.submission.answers_schema import SCHEMA, find_item
from grader.submission.names import clean_text

_HEADER = re.compile(r"\s*\[{1,2}(?P<name>[^\[\]\n]{1,80})\]{1,2}\s*(?:#.*)?")
_ENTRY = re.compile(r"\s*[\"']?(?P<key>\w{1,60})[\"']?\s*=\s*(?P<value>.*)")
_PART = r"(?:[\w-]++|\"[^\"\n]*+\"|'[^'\n]*+')"
_MARKS = ("'''", '"""', "'", '"', "[", "{")
_CLOSING = {"'''": "'''", '"""': '"""', "[": "]"}
_MAX_ATTEMPTS = 5
# tomllib takes a time that grows with the square of the parts; the template's keys have two.
_DOTTED_DEEPLY = re.compile(rf"(?<![\w-])(?:{_PART}[ \t]*+\.[ \t]*+){{12}}")


@dataclass(frozen=True, slots=True)
class Entry:
    """A key with its value.

    Attributes:
        item: The rubric item of its table.
        key: The key.
        value: What stands behind it, as TOML gives it.
        line: Its line in the file, None when it was not found.
        salvaged: Whether the value is no proper TOML and stands here as plain text.
    """

    item: str
    key: str
    value: Any
    line: int | None
    salvaged: bool = False


def is_dotted_deeply(text: str) -> bool:
    """Tell whether anything looks like a key of so many parts that reading it takes long.

    Examples:
        >>> is_dotted_deeply("a." * 20 + "a = 1"), is_dotted_deeply("lab1.a = 1")
        (True, False)
    """
    return _DOTTED_DEEPLY.search(text) is not None


def index_lines(text: str) -> dict[tuple[str | None, str], int]:
    r"""Find the lines of tables and keys; for messages only, since text may look like either.

    Args:
        text: The file.

    Returns:
        The first line by item and key, and by None and a table's header without quotes, or its first part.

    Examples:
        >>> index_lines("[lab1.b]\nsparse = 3")
        {(None, 'lab1.b'): 1, (None, 'lab1'): 1, ('lab1.b', 'sparse'): 2}
    """
    lines: dict[tuple[str | None, str], int] = {}
    item = None
    for number, line in enumerate(text.split("\n"), 1):
        header, entry = _HEADER.fullmatch(line), _ENTRY.fullmatch(line)
        if header is not None:
            item = find_item(header["name"])
            name = re.sub(r"[\s\"']", "", header["name"])
            lines.setdefault((None, name), number)
            lines.setdefault((None, name.partition(".")[0]), number)
        elif entry is not None and item is not None:
            lines.setdefault((item, entry["key"]), number)
    return lines


def read_line_by_line(text: str, note: Callable[[str], None]) -> list[Entry]:
    r"""Read the template's tables and keys wherever they begin a line.

    A string that is not closed ends where the next known table or key begins.

    Args:
        text: The file.
        note: Takes a sentence about what cannot be read.

    Returns:
        The entries of known tables.

    Examples:
        >>> entries = read_line_by_line('[lab1.b]\nsparse = no\ncomment = "two\nlines"', print)
        >>> [(entry.key, entry.value, entry.salvaged) for entry in entries]
        [('sparse', 'no', True), ('comment', 'two\nlines', True)]
    """
    lines = text.split("\n")
    borders = _find_borders(lines)
    entries: list[Entry] = []
    item: str | None = None
    index = 0
    while index < len(lines):
        line = lines[index]
        header, entry = _HEADER.fullmatch(line), _ENTRY.fullmatch(line)
        end = index + 1
        if header is not None:
            item = find_item(header["name"])
            if item is None:
                shown = clean_text(line.strip(), 80)
                note(f"answers.toml, line {index + 1}: found {shown}, expected one of the template's tables")
        elif entry is not None and item is not None:
            end, value, salvaged = _read_value(lines, index, entry["value"], borders[index + 1])
            entries.append(Entry(item, entry["key"], value, index + 1, salvaged))
        elif line.strip() and not line.lstrip().startswith("#") and (item is not None or entry is None):
            shown = clean_text(line.strip(), 60)
            note(f"answers.toml, line {index + 1}: found {shown!r}, expected key = value")
        index = end
    return entries


def _find_borders(lines: list[str]) -> list[int]:
    """Return for every line the next one, itself included, where a known table or key begins."""
    item = None
    begins = []
    for line in lines:
        header, entry = _HEADER.fullmatch(line), _ENTRY.fullmatch(line)
        found = find_item(header["name"]) if header is not None else None
        item = found or item
        known = entry is not None and item is not None and entry["key"] in SCHEMA[item]
        begins.append(found is not None or known)
    borders = [len(lines)] * (len(lines) + 1)
    for index in reversed(range(len(lines))):
        borders[index] = index if begins[index] else borders[index + 1]
    return borders


def _read_value(lines: list[str], index: int, value: str, border: int) -> tuple[int, Any, bool]:
    """Read the value that begins on a line and ends before the line ``border``.

    Returns:
        The line after it, the value, and whether it stands there as plain text.
    """
    opening = next((mark for mark in _MARKS if value.startswith(mark)), "")
    ends = [index + 1]
    if opening in _CLOSING:
        ends += [end for end in range(index + 2, border + 1) if _CLOSING[opening] in lines[end - 1]]
    for end in ends[:_MAX_ATTEMPTS]:
        chunk = "\n".join([value, *lines[index + 1 : end]])
        if opening == "{":
            break
        try:
            return end, tomllib.loads(f"value = {chunk}\n")["value"], False
        except (ValueError, RecursionError):
            continue
    if not opening:
        return index + 1, re.split(r"\s#", value)[0].strip(), True
    return border, _strip_quotes("\n".join([value, *lines[index + 1 : border]])), True


def _strip_quotes(raw: str) -> str:
    """Strip the quotes around a text, and comment lines behind it."""
    text = re.sub(r"(?:\n[ \t]*(?:#[^\n]*)?)+$", "", raw.strip())
    quote = next((mark for mark in _MARKS if text.startswith(mark)), "")
    return text.removeprefix(quote).removesuffix(quote).strip()
