"""The summary of a class on the terminal, as a PDF and as tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.batch.running import RunOutcome
from grader.batch.summary import ClassSummary, dump_marks, dump_summary
from grader.gradebook.changes import dump_changes
from grader.results import write_atomically
from grader.terminal import plain
from report_template.grading_class import build_class_summary

MOST_SHOWN = 10
BAR_WIDTH = 40


def write_summary(summary: ClassSummary, outcome: RunOutcome, folder: Path, *, pdf: bool = True) -> None:
    """Write ``summary.pdf``, ``summary.csv``, ``marks.csv``, and ``changes.csv`` where marks changed.

    Args:
        summary: What the class came to.
        outcome: What this run came to.
        folder: The folder of results.
        pdf: Whether to write the PDF.

    Raises:
        UsageError: A file cannot be written.
    """
    write_atomically(folder / "marks.csv", dump_marks(summary))
    write_atomically(folder / "summary.csv", dump_summary(summary))
    if outcome.changes:
        write_atomically(folder / "changes.csv", dump_changes(outcome.changes))
    if pdf:
        partial = folder / ".summary.pdf.partial"
        try:
            build_class_summary(describe_summary(summary), partial)
            write_atomically(folder / "summary.pdf", partial.read_bytes())
        finally:
            partial.unlink(missing_ok=True)


def describe_summary(summary: ClassSummary) -> dict[str, Any]:
    """Return a summary as the plain data that the PDF is made of."""
    graded = len(summary.scores)
    return {
        "title": summary.title,
        "lines": list_sentences(summary),
        "bins": summary.count_bins(),
        "items": [
            (
                item.item,
                item.title,
                f"{item.failed} of {graded}",
                f"{item.score / graded:.2f} of {item.max_score:g}",
            )
            for item in summary.worst_items
        ],
        "mistakes": [(what, words, count) for (what, words), count in summary.mistakes.most_common(60)],
        "human": [(key, "; ".join(reasons)) for key, reasons in summary.human.items()],
        "faults": list(summary.faults.items()),
    }


def list_sentences(summary: ClassSummary) -> list[str]:
    """Say what a class came to in a few sentences."""
    total, graded = sum(summary.outcomes.values()), len(summary.scores)
    outcomes = ", ".join(f"{count} {name}" for name, count in summary.outcomes.most_common())
    sentences = [f"{total} students: {outcomes}."]
    if graded:
        ordered = sorted(summary.scores)
        middle = (ordered[(graded - 1) // 2] + ordered[graded // 2]) / 2
        sentences.append(
            f"Scores so far of {graded}: lowest {ordered[0]:g}, median {middle:g}, "
            f"mean {sum(ordered) / graded:.2f}, highest {ordered[-1]:g}, of {summary.max_score:g}."
        )
    if summary.pending:
        sentences.append(f"{summary.pending:g} points are still to be marked by persons: hw4-grade marks.")
    return sentences


def print_summary(console: Console, summary: ClassSummary, outcome: RunOutcome) -> None:
    """Print what a class came to, and what this run changed.

    Args:
        console: Where to; it honours ``NO_COLOR``.
        summary: What the class came to.
        outcome: What this run came to.
    """
    most = max([1, *(count for _, count in summary.count_bins())])
    scores = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="scores so far", title_justify="left")
    scores.add_column("points")
    scores.add_column("students", justify="right")
    scores.add_column("")
    for name, count in summary.count_bins():
        scores.add_row(name, str(count), "█" * round(BAR_WIDTH * count / most))
    console.print(scores)
    described = describe_summary(summary)
    _print_rows(
        console, "items most often failed", ("item", "question", "failed", "mean"), described["items"]
    )
    _print_rows(console, "mistakes most often made", ("where", "mistake", "students"), described["mistakes"])
    _print_rows(console, "need a person", ("student", "why"), described["human"])
    _print_rows(console, "our faults", ("student", "what happened"), described["faults"])
    _print_rows(
        console,
        "came out differently the second time",
        ("student", "checks"),
        [(key, "; ".join(lines)) for key, lines in outcome.unstable.items()],
    )
    _print_rows(
        console,
        f"changed by this regrade: {len(outcome.changes)} checks, parts and totals, all in changes.csv",
        ("student", "what", "old", "new", "before", "after"),
        [
            (change.key, change.what, _say(change.old), _say(change.new), change.before, change.after)
            for change in outcome.changes
        ],
    )
    for sentence in list_sentences(summary):
        console.print(plain(sentence, 400), soft_wrap=True)
    console.print(
        f"this run: {outcome.graded} graded, {outcome.unchanged} unchanged, "
        f"{outcome.unreadable} with code that cannot be read or none, {len(outcome.faults)} our fault",
        highlight=False,
        soft_wrap=True,
    )


def _say(points: float | None) -> str:
    return "–" if points is None else f"{points:g}"


def _print_rows(console: Console, title: str, head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    if not rows:
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left")
    for name in head:
        table.add_column(name)
    for row in rows[:MOST_SHOWN]:
        table.add_row(*(plain(cell, 200) for cell in row))
    console.print(table)
    if len(rows) > MOST_SHOWN:
        console.print(Text(f"  and {len(rows) - MOST_SHOWN} more", "dim"))
