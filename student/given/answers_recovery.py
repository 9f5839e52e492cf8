"""Read what can be read of an ``answers.toml`` that is no proper TOML."""

import re
import tomllib
from typing import Any, NamedTuple

from .answers_schema import SCHEMA, find_item

_HEADER = re.compile(r"\s*\[{1,2}(?P<name>[^\[\]\n]{1,80})\]{1,2}\s*(?:#.*)?")
_ENTRY = re.compile(r"\s*[\"']?(?P<key>\w{1,60})[\"']?\s*=\s*(?P<value>.*)")
_PART = r"(?:[\w-]++|\"[^\"\n]*+\"|'[^'\n]*+')"
_MARKS = ("'''", '"""', "'", '"', "[", "{")
_CLOSING = {"'''": "'''", '"""': '"""', "[": "]"}
_MAX_ATTEMPTS = 5
# tomllib takes a time that grows with the square of the parts; the template's keys have two.
_DOTTED_DEEPLY = re.compile(rf"(?<![\w-])(?:{_PART}[ \t]*+\.[ \t]*+){{12}}")


class Entry(NamedTuple):
    """A key with its value.

    Attributes:
        item: The rubric item of its table.
        key: The key.
        value: What stands behind it, as TOML gives it.
        line: Its line in the file, 0 when it was not found.
        column: Its column, 0 when it was not found.
        salvaged: Whether the value is no proper TOML and stands here as plain text.
    """

    item: str
    key: str
    value: Any
    line: int
    column: int
    salvaged: bool = False


def is_dotted_deeply(text):
    """Tell whether anything looks like a key of so many parts that reading it takes long.

    Examples:
        >>> is_dotted_deeply("a." * 20 + "a = 1"), is_dotted_deeply("lab1.a = 1")
        (True, False)
    """
    return _DOTTED_DEEPLY.search(text) is not None


def read_line_by_line(text, report):
    r"""Read the template's tables and keys wherever they begin a line.

    A text that is not closed ends where the next known table or key begins.

    Args:
        text: The file.
        report: Called with line, what was found and what was expected, for what cannot be read.

    Returns:
        The `Entry` s of known tables.

    Examples:
        >>> entries = read_line_by_line('[lab1.b]\nsparse = no\ncomment = "two\nlines"', print)
        >>> [(entry.key, entry.value, entry.salvaged) for entry in entries]
        [('sparse', 'no', True), ('comment', 'two\nlines', True)]
    """
    lines = text.split("\n")
    borders = _find_borders(lines)
    entries, item, index = [], None, 0
    while index < len(lines):
        line = lines[index]
        header, entry = _HEADER.fullmatch(line), _ENTRY.fullmatch(line)
        end = index + 1
        if header is not None:
            item = find_item(header["name"])
            if item is None:
                report(index + 1, line.strip(), "one of the tables of the handout's file")
        elif entry is not None and item is not None:
            end, value, salvaged = _read_value(lines, index, entry["value"], borders[index + 1])
            entries.append(Entry(item, entry["key"], value, index + 1, entry.start("key") + 1, salvaged))
        elif line.strip() and not line.lstrip().startswith("#") and (item is not None or entry is None):
            report(index + 1, line.strip(), "key = value")
        index = end
    return entries


def _find_borders(lines):
    """Return for every line the next one, itself included, where a known table or key begins."""
    item, begins = None, []
    for line in lines:
        header, entry = _HEADER.fullmatch(line), _ENTRY.fullmatch(line)
        found = find_item(header["name"]) if header is not None else None
        item = found or item
        begins.append(found is not None or (entry is not None and (item, entry["key"]) in SCHEMA))
    borders = [len(lines)] * (len(lines) + 1)
    for index in reversed(range(len(lines))):
        borders[index] = index if begins[index] else borders[index + 1]
    return borders


def _read_value(lines, index, value, border):
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


def _strip_quotes(raw):
    """Strip the quotes around a text, and comment lines behind it."""
    text = re.sub(r"(?:\n[ \t]*(?:#[^\n]*)?)+$", "", raw.strip())
    quote = next((mark for mark in _MARKS if text.startswith(mark)), "")
    return text.removeprefix(quote).removesuffix(quote).strip()
