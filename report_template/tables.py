"""Tables of both reports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reportlab.platypus import Table, TableStyle

from report_template.fonts import SANS
from report_template.styles import RULE, colour


def make_table(rows: list[list[Any]], widths: tuple[float, ...], extra: Sequence[Any] = ()) -> Table:
    """Make a table with a hairline under each row.

    Args:
        rows: Flowables, or short plain texts that are made legible already.
        widths: Of the columns, in points.
        extra: More commands of reportlab's table styles.

    Returns:
        The table; it splits between rows.
    """
    look = [
        ("FONTNAME", (0, 0), (-1, -1), SANS),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
        ("LINEBELOW", (0, 0), (-1, -1), 0.3, colour(RULE)),
        *extra,
    ]
    return Table(rows, colWidths=widths, style=TableStyle(look))
