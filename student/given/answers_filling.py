"""Write measured numbers into ``answers.toml``, line by line: comments and texts stay as they are."""

import re
from typing import NamedTuple

from .answers_lines import locate_keys
from .answers_schema import SCHEMA, table_path

DECIMALS = 4


class Filling(NamedTuple):
    """One number to write.

    Attributes:
        item: The item, such as ``"lab2.b"``.
        key: The key in its table.
        old: What stands there now, as text; empty where the line is commented out or missing.
        new: The number as text.
    """

    item: str
    key: str
    old: str
    new: str


def plan_filling(text, measured):
    r"""List what would change in ``answers.toml``.

    Args:
        text: The text of the file.
        measured: Item to key to number, such as ``{"lab2.b": {"float": 0.8093}}``; keys that the
            file does not know are left out.

    Returns:
        The `Filling` s whose number is not there yet.

    Examples:
        >>> plan_filling("[lab2.b]\n# float = 0.0\n", {"lab2.b": {"float": 0.80934}})
        [Filling(item='lab2.b', key='float', old='', new='0.8093')]
        >>> plan_filling("[lab2.b]\nfloat = 0.8093\n", {"lab2.b": {"float": 0.80934}})
        []
    """
    lines, places = text.splitlines(), locate_keys(text)
    plan = []
    for item, numbers in measured.items():
        for key, value in numbers.items():
            if (item, key) not in SCHEMA:
                continue
            new = f"{value:.{DECIMALS}f}"
            line, _, commented = places.get((".".join(table_path(item)), key), (0, 0, True))
            old = "" if commented else _split(lines[line - 1])[1]
            if old != new:
                plan.append(Filling(item, key, old, new))
    return plan


def fill(text, plan):
    r"""Write numbers into the text of ``answers.toml``.

    Args:
        text: The text of the file.
        plan: From `plan_filling`.

    Returns:
        The new text; every line without a number to write is unchanged, line ends included.

    Examples:
        >>> text = "[lab2.b]\n# float = 0.0  # of the checkpoint\ncomment = ''\n"
        >>> print(fill(text, plan_filling(text, {"lab2.b": {"float": 0.8}})), end="")
        [lab2.b]
        float = 0.8000  # of the checkpoint
        comment = ''
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    for filling in plan:
        places = locate_keys(text.replace("\r\n", "\n"))
        lines = text.splitlines(keepends=True)
        table = ".".join(table_path(filling.item))
        if (table, filling.key) in places:
            index = places[table, filling.key][0] - 1
            before, _, after = _split(lines[index].rstrip("\r\n"))
            before = re.sub(r"^(\s*)#\s*", r"\1", before)
            ending = lines[index][len(lines[index].rstrip("\r\n")) :]
            lines[index] = f"{before}{filling.new}{after}{ending}"
        else:
            if (table, "") not in places:
                if lines and not lines[-1].endswith("\n"):
                    lines[-1] += newline
                lines += [newline, f"[{table}]{newline}"]
                places = locate_keys("".join(lines).replace("\r\n", "\n"))
            lines.insert(places[table, ""][0], f"{filling.key} = {filling.new}{newline}")
        text = "".join(lines)
    return text


def _split(line):
    """Split ``key = value  # comment`` into what stands before the value, the value and the rest."""
    start = line.index("=") + 1
    match = re.fullmatch(r"(\s*)(\"[^\"]*\"|'[^']*'|[^#]*?)(\s*(?:#.*)?)", line[start:])
    if match is None:
        return f"{line[:start]} ", line[start:].strip(), ""
    return f"{line[:start]}{match[1] or ' '}", match[2], match[3]
