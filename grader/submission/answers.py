"""Read ``answers.toml``: one mistake in it never costs another answer."""

from __future__ import annotations

import codecs
import difflib
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from grader.submission.answers_recovery import Entry, index_lines, is_dotted_deeply, read_line_by_line
from grader.submission.answers_schema import MAX_TEXT_CHARACTERS, SCHEMA, TEXT, Value, find_item, table_name
from grader.submission.limits import MAX_ANSWERS_BYTES, MAX_NOTES, say_size
from grader.submission.names import clean_text

FILE = "answers.toml"


@dataclass(frozen=True, slots=True)
class Answers:
    """What a student answered apart from code.

    Attributes:
        values: By rubric item (``"1.3"``, ``"lab1.c"``, ``"student"``) and key: text, True or False for
            verdicts and decisions, a fraction for accuracies, a number of bits; None where nothing
            was answered. Empty when there is no file.
        notes: What could not be read, and what was expected.
    """

    values: dict[tuple[str, str], Value]
    notes: tuple[str, ...]


def read_answers(content: bytes) -> Answers:
    r"""Read the bytes of ``answers.toml``.

    Args:
        content: Its bytes.

    Returns:
        The answers; every key of `SCHEMA` is there.

    Examples:
        >>> answers = read_answers(b'[true_false."1.2"]\nverdict = T\n[lab2.b]\nbits_6 = 91.5')
        >>> answers.values["1.2", "verdict"], answers.values["lab2.b", "bits_6"]
        (True, 0.915)
        >>> answers.notes[0]
        'answers.toml, line 2, column 11: Invalid value; what can be read was read line by line'
    """
    reading = _Reading({(item, key): None for item, keys in SCHEMA.items() for key in keys}, [])
    if len(content) > MAX_ANSWERS_BYTES:
        reading.note(f"{FILE}: has {say_size(len(content))}, at most {say_size(MAX_ANSWERS_BYTES)} are read")
        return reading.finish()
    text = _decode(content, reading)
    try:
        if is_dotted_deeply(text):
            raise ValueError("a key has too many parts")
        entries = list(_list_entries(tomllib.loads(text), text, reading))
    except (ValueError, RecursionError) as error:
        reading.note(f"{_place(error)}; what can be read was read line by line")
        entries = read_line_by_line(text, reading.note)
    for entry in entries:
        reading.take(entry)
    return reading.finish()


def _place(error: Exception) -> str:
    """Put tomllib's place before its message."""
    message = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
    match = re.fullmatch(r"(?s)(.*) \(at (line \d+, column \d+)\)", message)
    return f"{FILE}, {match[2]}: {clean_text(match[1])}" if match else f"{FILE}: {clean_text(message)}"


def _decode(content: bytes, reading: _Reading) -> str:
    encoding = "utf-8-sig"
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        reading.note(f"{FILE}, line {line}: is not UTF-8; read as Latin-1, accents may be wrong")
        text = content.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _list_entries(document: dict[str, Any], text: str, reading: _Reading) -> Iterator[Entry]:
    lines = index_lines(text)
    for header, table in _list_tables(document):
        item = find_item(header)
        plain = header.replace('"', "")
        if item is None:
            where, shown = _at(lines.get((None, plain))), clean_text(header, 80)
            reading.note(f"{where}: found {shown!r}, expected one of the template's tables")
        elif not isinstance(table, dict):
            expected = f"expected the table [{table_name(item)}]"
            reading.note(f"{FILE}: found {_show(table)} for {header}, {expected}")
        else:
            for key, value in table.items():
                yield Entry(item, key, value, lines.get((item, key)))


def _list_tables(document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Give the headers of tables and what stands under them; ``true_false.1.2`` may lack its quotes."""
    for name, table in document.items():
        if name not in ("true_false", "lab1", "lab2") or not isinstance(table, dict):
            yield name, table
            continue
        for inner, value in table.items():
            if (name, inner) == ("true_false", "1") and isinstance(value, dict):
                yield from ((f"true_false.1.{number}", statement) for number, statement in value.items())
            else:
                yield f"{name}.{inner}", value


def _at(line: int | None) -> str:
    return f"{FILE}, line {line}" if line else FILE


def _show(value: Any) -> str:
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, int) and value.bit_length() > 1000:
        return "a very large number"  # Python refuses to print some
    return clean_text(repr(value[:100]) if isinstance(value, str) else str(value), 60)


@dataclass
class _Reading:
    """The answers so far."""

    values: dict[tuple[str, str], Value]
    notes: list[str]
    _hidden: int = 0

    def note(self, text: str) -> None:
        if len(self.notes) < MAX_NOTES:
            self.notes.append(text)
        else:
            self._hidden += 1

    def take(self, entry: Entry) -> None:
        """Read one value by the kind of its key."""
        where, name = _at(entry.line), f"{entry.key} of {entry.item}"
        kind = SCHEMA[entry.item].get(entry.key)
        if kind is None and len(self.notes) >= MAX_NOTES:
            self._hidden += 1
            return
        if kind is None:
            close = difflib.get_close_matches(entry.key[:60], SCHEMA[entry.item], n=1)
            keys = f"{close[0]}?" if close else ", ".join(SCHEMA[entry.item])
            unknown = clean_text(f"{entry.key} of {entry.item}", 80)
            self.note(f"{where}: unknown key {unknown}; expected {keys}")
            return
        try:
            value = kind.read(entry.value)
        except (ValueError, TypeError, KeyError, OverflowError):
            self.note(f"{where}: {name}: found {_show(entry.value)}, expected {kind.expected}")
            return
        if isinstance(value, str) and len(value) > MAX_TEXT_CHARACTERS:
            value = value[:MAX_TEXT_CHARACTERS]
            self.note(f"{where}: {name}: only the first {MAX_TEXT_CHARACTERS} characters are kept")
        if entry.salvaged and value is not None:
            shown = "as plain text" if kind is TEXT else f"as {_show(value)}"
            self.note(
                f"{where}: {name}: is not proper TOML, expected {kind.expected} in quotes; read {shown}"
            )
        if self.values[entry.item, entry.key] is not None:
            self.note(f"{where}: {name}: stands there twice; the first one counts")
        elif value is not None:
            self.values[entry.item, entry.key] = value

    def finish(self) -> Answers:
        if self._hidden:
            self.notes.append(f"{FILE}: and {self._hidden} more notes of this kind")
        return Answers(self.values, tuple(self.notes))
