"""Tables that a person opens in a spreadsheet: no cell of a student's becomes a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from grader.gradebook.formats.tables import defuse


def quote_cell(value: object) -> object:
    """Put an apostrophe before a text that a spreadsheet would take for a formula.

    Examples:
        >>> quote_cell("=HYPERLINK(1)"), quote_cell(-1.5), quote_cell("jd123")
        ("'=HYPERLINK(1)", -1.5, 'jd123')
    """
    if not isinstance(value, str):
        return value
    cleaned = "".join(sign if sign.isprintable() or sign == "\n" else "�" for sign in value)
    return defuse(cleaned)


def dump_table(header: Iterable[str], rows: Iterable[Iterable[object]]) -> bytes:
    """Write a table as CSV in UTF-8 with a byte order mark, which spreadsheets need to see.

    Args:
        header: Names of the columns.
        rows: The cells; None stands empty.

    Returns:
        The file's bytes.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(list(header))
    writer.writerows([["" if cell is None else quote_cell(cell) for cell in row] for row in rows])
    return text.getvalue().encode("utf-8-sig", "backslashreplace")
