"""Read ``answers.toml``: one mistake in it never costs another answer.

This is the one reader: ``hw4 check``, ``hw4 report``, ``hw4 pack`` and the grader use it. What it
reads is data; nothing is executed, and no file takes long.
"""

import codecs
import difflib
import re
import tomllib
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from .answers_lines import locate_keys
from .answers_recovery import Entry, is_dotted_deeply, read_line_by_line
from .answers_schema import (
    BONUS_ITEMS,
    ITEMS,
    MAX_TEXT_CHARACTERS,
    SCHEMA,
    TEXT,
    find_item,
    keys_of,
    table_path,
)

FILE_NAME = "answers.toml"
MAX_BYTES = 1 << 20
MAX_PROBLEMS = 60


@dataclass(frozen=True)
class AnswerProblem:
    """Something in the file that is not as it should be.

    Attributes:
        line: Line number from 1; 0 where it is the whole file.
        column: Column from 1; 0 where it is the whole line.
        place: The key, such as ``"lab1.b.optimal"``; empty where it is none.
        found: What stands there.
        expected: What was expected.
    """

    line: int
    column: int
    place: str
    found: str
    expected: str

    def __str__(self):
        """Say where it is, what was found and what was expected."""
        where = f"{FILE_NAME}, line {self.line}" if self.line else FILE_NAME
        where += f", column {self.column}" if self.column else ""
        place = f" {self.place}:" if self.place else ""
        return f"{where}:{place} found {self.found}, expected {self.expected}"


@dataclass(frozen=True)
class Answers:
    """The answers of a student.

    Attributes:
        values: For each ``(item, key)`` of the schema the text, truth value (``"T"`` and
            ``"yes"`` are True), number (accuracies as fractions) or word; None where nothing
            was answered.
        problems: What is not as it should be, by line.
    """

    values: dict = field(default_factory=lambda: dict.fromkeys(SCHEMA))
    problems: tuple = ()

    def list_missing(self):
        """List what is not answered yet.

        Returns:
            Item to keys, in the order of the assignment; the bonus item only where it was begun.
        """
        missing = {}
        for item, key in SCHEMA:
            if self.values[item, key] is None:
                missing.setdefault(item, []).append(key)
        for item in BONUS_ITEMS:
            if missing.get(item) == keys_of(item):
                del missing[item]
        return missing


def read_answers(content):
    r"""Read the bytes of an ``answers.toml``.

    Args:
        content: The bytes of the file.

    Returns:
        The `Answers`. Nothing is raised whatever the bytes are: what cannot be read is a
        problem, and everything else is read.

    Examples:
        >>> answers = read_answers(b'[lab1.b]\noptimal = "yes"\nsparse = 5\n')
        >>> answers.values["lab1.b", "optimal"]
        True
        >>> print(answers.problems[0])
        answers.toml, line 3, column 1: lab1.b.sparse: found 5, expected "yes" or "no"
    """
    reading = _Reading()
    if len(content) > MAX_BYTES:
        reading.report(0, 0, "", f"{len(content):,} bytes", f"at most {MAX_BYTES:,}")
        return reading.finish()
    text, failure = _decode(content, reading), None
    try:
        if is_dotted_deeply(text):
            raise ValueError("a key has too many parts")
        entries = list(_list_entries(tomllib.loads(text), text, reading))
    except (ValueError, RecursionError) as error:
        failure = error
        entries = read_line_by_line(
            text, lambda line, found, expected: reading.report(line, 0, "", repr(clean(found, 60)), expected)
        )
    for entry in entries:
        reading.take(entry)
    if failure is not None and not reading.problems:
        reading.report(*_place(failure))
    return reading.finish()


def read_answers_file(path):
    """Read an ``answers.toml`` from a path; a file that is not there has no answers.

    Args:
        path: The path of the file.

    Returns:
        The `Answers`.
    """
    try:
        return read_answers(Path(path).read_bytes())
    except OSError as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else str(error.strerror)
        return Answers(problems=(AnswerProblem(0, 0, "", reason, "the file of the handout, filled in"),))


def clean(text, limit=80):
    r"""Make text of unknown origin fit for one line of a message.

    Examples:
        >>> clean("lab1\n\x1b[31m"), clean("a" * 12, limit=10)
        ('lab1��[31m', 'aaaaaaaaa…')
    """
    kept = "".join(
        " " if category == "Zs" else "\ufffd" if category[0] in "CZ" else character
        for character, category in ((c, unicodedata.category(c)) for c in text[: limit + 1])
    )
    return kept if len(text) <= limit else kept[: limit - 1] + "…"


def _place(error):
    """Put what the TOML reader says into line, column, place, found and expected."""
    message = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
    match = re.fullmatch(r"(?s)(.*) \(at line (\d+), column (\d+)\)", message)
    line, column, message = (int(match[2]), int(match[3]), match[1]) if match else (0, 0, message)
    return line, column, "", f"an error of TOML ({clean(message)})", "every key once, with a value of TOML"


def _decode(content, reading):
    encoding = "utf-8-sig"
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        reading.report(line, 0, "", "bytes that are not UTF-8", "the file saved as UTF-8")
        text = content.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _list_entries(document, text, reading):
    places = locate_keys(text)
    parents = {}
    for header, key in places:
        parents.setdefault(header.partition(".")[0], places[header, key])
    for name, table in document.items():
        tables = {name: table}
        if name in {"true_false", "lab1", "lab2"} and isinstance(table, dict):
            tables = {f"{name}.{inner}": inner_table for inner, inner_table in table.items()}
            if name == "true_false" and isinstance(table.get("1"), dict):  # [true_false.1.2], unquoted
                tables |= {f"true_false.1.{key}": inner for key, inner in tables.pop("true_false.1").items()}
        for header, keys in tables.items():
            item = find_item(header)
            line, column, _ = (
                places.get((header, ""))
                or places.get(("", header))
                or places.get(tuple(header.rsplit(".", 1)))
                or parents.get(header, (0, 0, False))
            )
            if item is None:
                reading.report_unknown_table(line, column, header, keys)
            elif not isinstance(keys, dict):
                reading.report(line, column, header, _show(keys), f"a table [{header}]")
            else:
                for key, value in keys.items():
                    at = places.get((".".join(table_path(item)), key), (line, 0, False))
                    yield Entry(item, key, value, at[0], at[1])


def _show(value):
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, int) and value.bit_length() > 1000:
        return "a very large number"  # Python refuses to print some
    return clean(repr(value[:100]) if isinstance(value, str) else str(value), 60)


class _Reading:
    """The answers so far."""

    def __init__(self):
        self.values = dict.fromkeys(SCHEMA)
        self.problems = []
        self._hidden = 0

    def report(self, line, column, place, found, expected):
        """Note a problem; after the first `MAX_PROBLEMS` they are counted only."""
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(AnswerProblem(line, column, place, found, expected))
        else:
            self._hidden += 1

    def take(self, entry):
        """Read one value by the kind of its key."""
        kind = SCHEMA.get((entry.item, entry.key))
        if kind is None:
            self._report_unknown(entry)
            return
        at = entry.line, entry.column, f"{'.'.join(table_path(entry.item))}.{entry.key}"
        try:
            value = kind.read(entry.value)
        except (ValueError, TypeError, KeyError, OverflowError):
            self.report(*at, _show(entry.value), kind.expected)
            return
        if isinstance(value, str) and len(value) > MAX_TEXT_CHARACTERS:
            self.report(
                *at, f"{len(value):,} characters", f"at most {MAX_TEXT_CHARACTERS:,}: the rest is cut"
            )
            value = value[:MAX_TEXT_CHARACTERS]
        if entry.salvaged and value is not None:
            shown = "it is read as it stands" if kind is TEXT else f"it is read as {_show(value)}"
            quotes = "" if "quotes" in kind.expected else " in quotes"
            self.report(*at, "what is no proper TOML", f"{kind.expected}{quotes}; {shown}")
        if self.values[entry.item, entry.key] is not None:
            self.report(*at, "the key for the second time", "it once; the first one counts")
        elif value is not None:
            self.values[entry.item, entry.key] = value

    def report_unknown_table(self, line, column, header, value):
        """Note a table that the handout's file does not have."""
        if len(self.problems) >= MAX_PROBLEMS:
            self._hidden += 1
            return
        name, known = clean(header, 60), [".".join(table_path(item)) for item in ITEMS]
        near = difflib.get_close_matches(name, known, n=1)
        expected = f"[{near[0]}]" if near else "one of the tables of the handout's file"
        found = f"the unknown table [{name}]" if isinstance(value, dict) else f"{name} = {_show(value)}"
        self.report(line, column, "", found, expected)

    def _report_unknown(self, entry):
        if len(self.problems) >= MAX_PROBLEMS:
            self._hidden += 1
            return
        keys = keys_of(entry.item)
        near = difflib.get_close_matches(entry.key[:60], keys, n=1)
        expected = repr(near[0]) if near else f"one of {', '.join(keys)}"
        place = ".".join(table_path(entry.item))
        self.report(entry.line, entry.column, place, f"the unknown key {clean(entry.key, 60)!r}", expected)

    def finish(self):
        """Return the answers."""
        problems = sorted(self.problems, key=lambda problem: problem.line)
        if self._hidden:
            problems.append(AnswerProblem(0, 0, "", f"{self._hidden} more problems", "none"))
        return Answers(self.values, tuple(problems))
