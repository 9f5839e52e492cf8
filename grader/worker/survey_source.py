"""From the bytes of a code file or a notebook to the text of its cells."""

from __future__ import annotations

import codecs
import io
import json
import re
import tokenize
from dataclasses import dataclass, field
from typing import Any

from grader.worker.survey_magics import split_written_file, strip_magics

MAX_CELLS = 2000
# Code and the JSON around it travel in one frame; the course's solutions have 20,000 characters.
MAX_CHARACTERS = 200_000


@dataclass
class Source:
    """The text of one module.

    Attributes:
        cells: The text of every code cell; a ``.py`` file has one.
        is_notebook: Whether it came from a notebook.
        notes: What the student should know, without the file's name.
        written: Files that the notebook writes by ``%%writefile``, by path.
    """

    cells: list[str]
    is_notebook: bool = False
    notes: list[str] = field(default_factory=list)
    written: dict[str, str] = field(default_factory=dict)


class UnreadableSourceError(ValueError):
    """The bytes are neither text nor a notebook; the message says what was found."""


def decode_source(content: bytes) -> tuple[str, str]:
    r"""Decode Python source of unknown encoding.

    Tried in this order: a byte order mark, the coding comment of PEP 263, UTF-8, UTF-16 without a mark,
    Latin-1, which fits any bytes.

    Args:
        content: The bytes.

    Returns:
        The text with ``\n`` between lines, and a note; empty when it was UTF-8.

    Examples:
        >>> decode_source(b"\xef\xbb\xbfx = 1\r\n")
        ('x = 1\n', '')
        >>> decode_source("s = 'é'".encode("latin-1"))
        ("s = 'é'", 'is not UTF-8; read as Latin-1')
    """
    text, note = _decode(content)
    return text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n"), note


def _decode(content: bytes) -> tuple[str, str]:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            try:
                return content.decode(encoding), "" if encoding == "utf-8" else f"is {encoding.upper()}"
            except UnicodeDecodeError:
                break
    declared = _declared_encoding(content)
    for encoding in (declared, "utf-8"):
        try:
            text = content.decode(encoding)
        except (UnicodeDecodeError, LookupError, ValueError):
            continue
        if "\0" not in text:
            return text, "" if encoding == "utf-8" else f"is in {encoding}, as it says"
    half = max(len(content) // 2, 1)
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if content[offset::2].count(0) > 0.6 * half:
            return content.decode(encoding, "replace"), "is UTF-16 without a byte order mark"
    return content.decode("latin-1"), "is not UTF-8; read as Latin-1"


def _declared_encoding(content: bytes) -> str:
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        is_text = codecs.lookup(encoding)._is_text_encoding  # noqa: SLF001  # its only name
    except (SyntaxError, LookupError, UnicodeDecodeError, ValueError):
        return "utf-8"
    return encoding.removesuffix("-sig") if is_text else "utf-8"


def read_source(name: str, content: bytes) -> Source:
    """Read a code file or a notebook, whichever it is: its content decides before its name.

    Args:
        name: Its name, for what is expected of it.
        content: Its bytes.

    Returns:
        Its cells, commands of IPython taken out of notebooks.

    Raises:
        UnreadableSourceError: It is neither, or it is too long.
    """
    text, note = decode_source(content)
    expects_notebook = ".ipynb" in name.lower()
    book = _parse_notebook(text) if expects_notebook or text.lstrip().startswith("{") else None
    if book is not None:
        source = _read_notebook(book)
        if not expects_notebook:
            source.notes.append("is a notebook by its content; read as one")
    elif expects_notebook and re.match(r"\s*[{\[<]|\s*$|%PDF", text):
        raise UnreadableSourceError("is no notebook (expected JSON with cells), or was cut off")
    else:
        source = Source([text])
        if expects_notebook:
            source.notes.append("is no notebook by its content; read as Python")
        if note:
            source.notes.append(note)
    total = sum(map(len, source.cells)) + sum(map(len, source.written.values()))
    if total > MAX_CHARACTERS:
        raise UnreadableSourceError(f"has {total} characters of code, at most {MAX_CHARACTERS} are read")
    return source


def _parse_notebook(text: str) -> dict[str, Any] | None:
    try:
        book = json.loads(text)
    except (ValueError, RecursionError, MemoryError):
        return None
    if not isinstance(book, dict) or not (isinstance(book.get("cells"), list) or "worksheets" in book):
        return None
    return book


def _read_notebook(book: dict[str, Any]) -> Source:
    """Read the cells of a notebook by walking its JSON: all versions, whatever the schema would say."""
    cells = book.get("cells")
    if not isinstance(cells, list):
        cells = []
        sheets = book.get("worksheets")
        for sheet in sheets if isinstance(sheets, list) else []:
            found = sheet.get("cells") if isinstance(sheet, dict) else None
            cells += found if isinstance(found, list) else []
    source = Source([], is_notebook=True)
    if len(cells) > MAX_CELLS:
        source.notes.append(f"has {len(cells)} cells, the first {MAX_CELLS} are read")
    counts: list[int] = []
    for cell in cells[:MAX_CELLS]:
        code = _read_cell(cell)
        if code is None:
            continue
        source.cells.append(strip_magics(code))
        written = split_written_file(code)
        if written is not None:
            source.written[written[0].rpartition("/")[2]] = written[1]
        count = cell.get("execution_count", cell.get("prompt_number"))
        if type(count) is int:
            counts.append(count)
    if counts != sorted(counts):
        source.notes.append("its cells were last run in another order than they stand in; here from the top")
    return source


def _read_cell(cell: Any) -> str | None:
    """Return the text of a code cell; None for any other."""
    if not isinstance(cell, dict) or cell.get("cell_type") != "code":
        return None
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    if not isinstance(source, str):
        return None
    # JSON can hold lone surrogates, which no file of Python source can.
    text = source.encode("utf-8", "replace").decode()
    return text.replace("\r\n", "\n").replace("\r", "\n")
