"""The summary of a class: how many points, where they were lost, who needs a person."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reportlab.platypus import Paragraph

from report_template.figure_flowable import FigureFlowable
from report_template.figures import Curve, Figure, Panel
from report_template.fonts import make_markup, shorten
from report_template.pages import Furniture, Heading, Story, guard, make_note, start_section, write_document
from report_template.styles import SERIES, TEXT_WIDTH, styles
from report_template.tables import make_table
from report_template.verdicts import Data

HEIGHT = 150.0
MOST_ROWS = 400


def plot_scores(bins: Sequence[tuple[str, int]]) -> Figure:
    """Plot how many students reached which score, as steps.

    Args:
        bins: Name and number of students, from the lowest score.

    Returns:
        The `Figure`.

    Raises:
        ValueError: There is no bin.
    """
    if not bins:
        raise ValueError("found no scores, expected at least one bin")
    xs: list[float] = [0.0]
    ys: list[float] = [0.0]
    for position, (_, count) in enumerate(bins):
        xs += [float(position), float(position + 1)]
        ys += [float(count), float(count)]
    panel = Panel(
        (Curve([*xs, float(len(bins))], [*ys, 0.0], colour=SERIES[0], width=1.4),),
        x_label="points",
        y_label="students",
        x_limits=(0.0, float(len(bins))),
        y_limits=(0.0, 1.1 * max(1, *(count for _, count in bins))),
        x_ticks=tuple((position + 0.5, name) for position, (name, _) in enumerate(bins)),
    )
    return Figure((panel,), HEIGHT, column_widths=(1.0,))


def _make_rows(head: Sequence[str], rows: Sequence[Sequence[Any]], widths: tuple[float, ...]) -> Story:
    if not rows:
        return [make_note("None.")]
    cells = [[Paragraph(make_markup(name), styles()["head"]) for name in head]]
    cells += [
        [Paragraph(make_markup(shorten(str(cell), 400, 6)), styles()["cell"]) for cell in row]
        for row in rows[:MOST_ROWS]
    ]
    table = make_table(cells, widths)
    table.repeatRows = 1
    left_out = len(rows) - MOST_ROWS
    return [table, *([make_note(f"{left_out} more in summary.csv.")] if left_out > 0 else [])]


def _make_story(summary: Data) -> Story:
    sections = (
        (
            "Items most often failed",
            ("item", "question", "failed", "mean"),
            "items",
            (60.0, 264.0, 90.0, 90.0),
        ),
        ("Mistakes most often made", ("where", "mistake", "students"), "mistakes", (110.0, 334.0, 60.0)),
        ("Submissions that need a person", ("student", "why"), "human", (130.0, TEXT_WIDTH - 130.0)),
        ("Our faults", ("student", "what happened"), "faults", (130.0, TEXT_WIDTH - 130.0)),
    )
    story: Story = [
        Heading(str(summary["title"]), "title", "title", 0),
        *[Paragraph(make_markup(str(line)), styles()["body"]) for line in summary["lines"]],
        *start_section(Heading("Scores so far", "h1", "scores", 0), HEIGHT + 40),
        *guard(lambda: [FigureFlowable(plot_scores(summary["bins"]))], "the distribution of scores"),
    ]
    for title, head, key, widths in sections:
        story += start_section(Heading(title, "h1", key, 0), 80.0)
        story += _make_rows(head, summary[key], widths)
    return story


def build_class_summary(summary: Data, path: Path) -> None:
    """Write the summary of a class as a PDF; the same input gives the same bytes.

    Args:
        summary: Plain data: ``title``, ``lines`` (sentences), ``bins`` (name, students), ``items`` (item,
            question, failed, mean), ``mistakes`` (where, words, students), ``human`` and ``faults``
            (student, words).
        path: The PDF to write.

    Raises:
        OSError: The file cannot be written; an older one stays as it was.

    Examples:
        >>> import tempfile
        >>> empty = dict.fromkeys(("items", "mistakes", "human", "faults"), ())
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "summary.pdf"
        ...     build_class_summary({"title": "HW4", "lines": [], "bins": [("0–10", 1)]} | empty, path)
        ...     path.read_bytes()[:5]
        b'%PDF-'
    """

    def make_plain_text() -> str:
        lines = [*map(str, summary["lines"])]
        for key in ("bins", "items", "mistakes", "human", "faults"):
            lines += [f"{key}: {' · '.join(map(str, row))}" for row in summary[key]]
        return "\n".join(lines)

    furniture = Furniture(
        title=f"{summary['title']}: summary of the class",
        author="hw4-grade",
        header=str(summary["title"]),
        owner="for staff only",
        footer="hw4-grade · summary of the class",
    )
    write_document(Path(path), lambda: _make_story(summary), make_plain_text, furniture, {})
