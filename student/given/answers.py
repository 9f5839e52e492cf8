"""Read ``answers.toml``: all that can be read, and what is wrong at which line.

This is the one reader: ``hw4 check``, ``hw4 report`` and the grader use it. The values are
data and never executed; a broken table costs nothing but itself.
"""

import difflib
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from .answers_schema import BONUS_ITEMS, ITEMS, SCHEMA, table_path

FILE_NAME = "answers.toml"
MAX_BYTES = 4_000_000
_HEADER = re.compile(r'^\s*\[\s*([A-Za-z_0-9.\s"\']+?)\s*\]\s*(#.*)?$')
_KEY = re.compile(r"^\s*(#?)\s*([A-Za-z_0-9\"'-]+)\s*=")


@dataclass(frozen=True)
class AnswerProblem:
    """Something in the file that cannot be used.

    Attributes:
        line: Line number from 1; 0 where it is the whole file.
        column: Column from 1; 0 where it is the whole line.
        place: The key, such as ``"lab1.b.optimal"``; empty for a syntax error.
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
            ``"yes"`` are True), number (accuracies as fractions) or word; None or an empty
            text where nothing was answered.
        problems: What cannot be used, in the order of the file.
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
            if self.values[item, key] in (None, ""):
                missing.setdefault(item, []).append(key)
        for item in BONUS_ITEMS:
            if len(missing.get(item, ())) == sum(place[0] == item for place in SCHEMA):
                del missing[item]
        return missing


def read_answers(content):
    r"""Read the bytes of an ``answers.toml``.

    Args:
        content: The bytes of the file.

    Returns:
        The `Answers`. Nothing is raised whatever the bytes are: what cannot be read is a
        problem, and the tables that can be read are.

    Examples:
        >>> answers = read_answers(b'[lab1.b]\noptimal = "yes"\nsparse = 5\n')
        >>> answers.values["lab1.b", "optimal"]
        True
        >>> print(answers.problems[0])
        answers.toml, line 3, column 1: lab1.b.sparse: found 5, expected "yes" or "no"
    """
    if len(content) > MAX_BYTES:
        found = f"{len(content):,} bytes"
        return Answers(problems=(AnswerProblem(0, 0, "", found, f"at most {MAX_BYTES:,} bytes"),))
    problems = []
    text = _decode(content, problems).replace("\r\n", "\n").replace("\r", "\n")
    data = _unite_dotted_numbers(_parse(text, problems))
    lines = locate_keys(text)
    values = dict.fromkeys(SCHEMA)
    for item in ITEMS:
        _read_table(item, data, lines, values, problems)
    _report_unknown_tables(data, lines, problems)
    return Answers(values, tuple(sorted(problems, key=lambda problem: problem.line)))


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


def _decode(content, problems):
    for encoding in ("utf-8-sig", "utf-16") if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig",):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    line = content[: _first_bad_byte(content)].count(b"\n") + 1
    problems.append(AnswerProblem(line, 0, "", "bytes that are not UTF-8", "the file saved as UTF-8"))
    return content.decode("cp1252", errors="replace")


def _first_bad_byte(content):
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    return 0


def _parse(text, problems):
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        return _parse_table_by_table(text, problems)


def _parse_table_by_table(text, problems):
    """Parse what stands under each known header alone, so that an error costs one table."""
    known = {".".join(_quoted(part) for part in table_path(item)): item for item in ITEMS}
    starts = [(0, None)]
    lines = text.split("\n")
    for number, line in enumerate(lines):
        header = _HEADER.match(line)
        if header and header[1].replace(" ", "").replace("'", '"') in known:
            starts.append((number, header))
    data = {}
    for (start, _), (end, _) in zip(starts, [*starts[1:], (len(lines), None)], strict=True):
        source = "\n".join(lines[start:end])
        try:
            part = tomllib.loads(source)
        except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
            problems.append(_describe_syntax_error(error, start, lines, source))
            continue
        _merge(data, part)
    return data


def _unite_dotted_numbers(data):
    """Read ``[true_false.1.2]`` as ``[true_false."1.2"]``: the quotes are easily forgotten."""
    tables = data.get("true_false")
    if isinstance(tables, dict) and isinstance(tables.get("1"), dict):
        for key, table in tables.pop("1").items():
            tables.setdefault(f"1.{key}", table)
    return data


def _quoted(part):
    return f'"{part}"' if "." in part else part


def _merge(data, part):
    for key, value in part.items():
        if isinstance(value, dict) and isinstance(data.get(key), dict):
            _merge(data[key], value)
        else:
            data.setdefault(key, value)


def _describe_syntax_error(error, start, lines, part):
    match = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
    line, column = (start + int(match[1]), int(match[2])) if match else (0, 0)
    what = str(error).split(" (at ")[0]
    found = lines[line - 1].strip()[:60] if 0 < line <= len(lines) else "the end of the table"
    expected = "TOML: " + (what[0].lower() + what[1:] if what else "a table")
    if re.match(r"[A-Za-z_0-9]+\s*=\s*[^\s\"'\[{\d+-]", found):
        return AnswerProblem(line, column, "", repr(found), "a value in quotes")
    if any(part.count(quote) % 2 for quote in ("'''", '"""')):
        return AnswerProblem(start + 1, 1, "", "a text that does not end", "closing quotes '''")
    if "overwrite" in what:
        line = line or start + part.count("\n", 0, len(part.rstrip())) + 1
        return AnswerProblem(line, 1, "", "a key for the second time", "each key once")
    return AnswerProblem(line or start + 1, column, "", repr(found), expected)


def locate_keys(text):
    r"""Find the line of every key and table of a TOML text, commented-out keys too.

    Args:
        text: The text of the file.

    Returns:
        ``(table, key)`` to ``(line, column, commented out)``, and ``(table, "")`` for headers;
        tables by their keys joined with dots. Where a key stands twice the one in force wins.

    Examples:
        >>> locate_keys('[lab2.b]\n# float = 0.0\n')
        {('lab2.b', ''): (1, 1, False), ('lab2.b', 'float'): (2, 3, True)}
    """
    places, table, closing = {}, "", ""
    for number, line in enumerate(text.split("\n"), start=1):
        if closing:
            closing = "" if line.count(closing) % 2 else closing
            continue
        header, key = _HEADER.match(line), _KEY.match(line)
        if header:
            table = header[1].replace(" ", "").replace('"', "").replace("'", "")
            places[table, ""] = (number, 1, False)
        elif key:
            name, commented = key[2].strip("\"'"), bool(key[1])
            if not commented or (table, name) not in places:
                places[table, name] = (number, key.start(2) + 1, commented)
            if not commented:
                quotes = [quote for quote in ("'''", '"""') if line.count(quote) % 2]
                closing = quotes[0] if quotes else ""
    return places


def _read_table(item, data, lines, values, problems):
    path = table_path(item)
    table, name = data, ".".join(path)
    for key in path:
        table = table.get(key, {}) if isinstance(table, dict) else {}
    if not isinstance(table, dict):
        line, column, _ = lines.get((".".join(path[:-1]), path[-1]), (0, 0, False))
        problems.append(AnswerProblem(line, column, name, _show(table), f"a table [{name}]"))
        return
    keys = [key for of, key in SCHEMA if of == item]
    for key, value in table.items():
        line, column, _ = lines.get((name, key), lines.get((name, ""), (0, 0, False)))
        if key not in keys:
            near = difflib.get_close_matches(key, keys, n=1)
            expected = f"{near[0]!r}" if near else f"one of {', '.join(keys)}"
            problems.append(AnswerProblem(line, column, name, f"the unknown key {key[:60]!r}", expected))
            continue
        kind = SCHEMA[item, key]
        try:
            values[item, key] = kind.read(value)
        except (ValueError, TypeError, OverflowError):
            problems.append(AnswerProblem(line, column, f"{name}.{key}", _show(value), kind.expected))


def _show(value):
    text = repr(value) if not isinstance(value, dict) else "a table"
    return text if len(text) <= 60 else f"{text[:60]}..."


def _report_unknown_tables(data, lines, problems):
    known = {table_path(item) for item in ITEMS}
    first = {path[0] for path in known}
    for key, value in data.items():
        if key in first and not isinstance(value, dict):
            line, column, _ = lines.get(("", key), (0, 0, False))
            problems.append(AnswerProblem(line, column, key, _show(value), "a table"))
            continue
        candidates = [(key,)]
        if key in first - {"student"}:
            candidates = [(key, inner) for inner in value]
        for path in candidates:
            if path in known:
                continue
            name = ".".join(path)
            line, column, _ = lines.get((name, ""), lines.get((".".join(path[:-1]), path[-1]), (0, 0, False)))
            names = [".".join(known_path) for known_path in known]
            near = difflib.get_close_matches(name, names, n=1)
            expected = f"[{near[0]}]" if near else "one of the tables of the handout's file"
            problems.append(AnswerProblem(line, column, "", f"the unknown table [{name[:60]}]", expected))
