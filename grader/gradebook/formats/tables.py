"""CSV with the places of its cells, and cells that no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_FORMULA = re.compile(r"\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")


@dataclass(frozen=True, slots=True)
class Field:
    """A cell: its value, and where it stands with its quotes."""

    start: int
    end: int
    value: str


@dataclass(frozen=True, slots=True)
class Record:
    """A row: its cells, and where it stands with its line end."""

    start: int
    end: int
    fields: tuple[Field, ...]


def split_records(text: str, separator: str = ",") -> list[Record]:
    r"""Split CSV into records; text between quotes may hold anything, ``""`` stands for a quote.

    Args:
        text: The file, with or without a byte order mark.
        separator: Between cells.

    Examples:
        >>> [[field.value for field in record.fields] for record in split_records('"a","b\nc"\n""\n1,2')]
        [['a', 'b\nc'], [''], ['1', '2']]
    """
    records: list[Record] = []
    at = 1 if text.startswith("\ufeff") else 0
    while at < len(text):
        start, fields = at, []
        while True:
            field = _read_field(text, at, separator)
            fields.append(field)
            at = field.end
            if at < len(text) and text[at] == separator:
                at += 1
                continue
            break
        if text.startswith("\r\n", at):
            at += 2
        elif at < len(text):
            at += 1
        records.append(Record(start, at, tuple(fields)))
    return records


def _read_field(text: str, start: int, separator: str) -> Field:
    at, value = start, []
    if text.startswith('"', at):
        at += 1
        while at < len(text):
            quote = text.find('"', at)
            if quote < 0:
                value.append(text[at:])
                at = len(text)
                break
            value.append(text[at:quote])
            at = quote + 1
            if not text.startswith('"', at):
                break
            value.append('"')
            at += 1
    rest = at
    while at < len(text) and text[at] not in (separator, "\n", "\r"):
        at += 1
    return Field(start, at, "".join(value) + text[rest:at])


def quote_like(old: str, new: str) -> str:
    """Write a value with quotes where the old cell had them.

    Examples:
        >>> quote_like('"12"', "86.50"), quote_like("", "86.50")
        ('"86.50"', '86.50')
    """
    return f'"{new}"' if old.startswith('"') else new


def defuse(cell: str) -> str:
    """Make a cell that spreadsheets show as it is: one that begins like a formula gets an apostrophe.

    A lone ``-`` stays: it is no formula, and Moodle's word for "never".

    Examples:
        >>> defuse("=cmd|' /C calc'!A0"), defuse("@SUM(1)"), defuse("Doe, Jane"), defuse("86.50"), defuse("-")
        ("'=cmd|' /C calc'!A0", "'@SUM(1)", 'Doe, Jane', '86.50', '-')
    """
    return f"'{cell}" if cell != "-" and _FORMULA.match(cell) else cell


def write_table(rows: Iterable[Sequence[str]]) -> str:
    r"""Write rows as CSV with ``\n`` between them; no cell is taken for a formula.

    Examples:
        >>> write_table([["Doe, Jane", "=1"]])
        '"Doe, Jane",\'=1\n'
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    # A lone carriage return is left unquoted, and readers take it for the end of a row.
    writer.writerows([defuse(cell.replace("\r\n", "\n").replace("\r", "\n")) for cell in row] for row in rows)
    return stream.getvalue()


def read_table(content: bytes) -> list[list[str]]:
    r"""Read a table that an LMS exported: UTF-8 with or without a byte order mark, commas or semicolons.

    Examples:
        >>> read_table(b"Student;ID;HW 4 (9)\nDoe;1;")
        [['Student', 'ID', 'HW 4 (9)'], ['Doe', '1', '']]
    """
    text = content.decode("utf-8-sig", "replace")
    header = text.split("\n", 1)[0]
    separator = max((",", ";", "\t"), key=header.count)
    return [[field.value for field in record.fields] for record in split_records(text, separator)]
