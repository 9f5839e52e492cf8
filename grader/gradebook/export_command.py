"""``hw4-grade export``: the marks of a class, as the LMS takes them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from grader.errors import StaffError, UsageError
from grader.gradebook.formats.exporting import WRITERS, export_marks, read_original
from grader.gradebook.formats.settling import say_names
from grader.gradebook.marks import list_marks, list_outdated_reports, list_unsettled
from grader.gradebook.recording import record_export
from grader.gradebook.records import Mark
from grader.gradebook.store import Gradebook

_WITH_REPORTS = ("moodle", "sakai")  # what the others take has no room for a PDF


@click.command("export")
@click.argument("book", type=click.Path(path_type=Path))
@click.option("--to", type=click.Choice(sorted(WRITERS)), required=True, help="Which LMS, or a plain file.")
@click.option(
    "--download",
    type=click.Path(path_type=Path),
    help="What the LMS gave: the download that was graded, Canvas's gradebook, Moodle's worksheet.",
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The file to write.")
@click.option("--pending-as-is", is_flag=True, help="Export although points are still to be marked.")
@click.option("--column", default="", help="Canvas: the header of the assignment's column.")
@click.option("--only", default="", help="The mark of this student only.")
def export_command(
    book: Path, to: str, download: Path | None, out: Path, *, pending_as_is: bool, column: str, only: str
) -> None:
    """Write the marks of BOOK, a gradebook, as an LMS takes them."""
    original = read_original(download) if download is not None else None
    with open_book(book) as opened:
        marks, missing = list_book(opened, only)
        notes = export_marks(marks, to, original, out, pending_as_is=pending_as_is, column=column)
        write_down(opened, to, out, marks)
        outdated = list_outdated_reports(opened) if to in _WITH_REPORTS else []
    click.echo(f"export: {out}")
    for note in notes:
        click.echo(f"  {note}")
    if outdated:
        click.echo(
            f"  the PDFs of {len(outdated)} students lack what persons marked since: {say_names(outdated)}; "
            f"hw4-grade reports {book} makes them again, then export again"
        )
    for key, reason in missing:
        click.echo(f"  no mark: {key}: {reason}")
    if missing:
        raise StaffError(
            f"{len(missing)} students have no mark and are not in the export: "
            f"{say_names(key for key, _ in missing)}",
            hint="mend what is named and export again; what was written is right for all others",
        )


def open_book(path: Path) -> Gradebook:
    """Open a gradebook."""
    return Gradebook.open(path)


def list_book(book: Gradebook, only: str = "") -> tuple[list[Mark], list[tuple[str, str]]]:
    """List the marks of a gradebook, and who has none, with the reason.

    Args:
        book: The gradebook.
        only: The key of one student.

    Raises:
        UsageError: There is no such student with a mark.
    """
    marks = list_marks(book)
    missing = [(one.key, one.reason) for one in list_unsettled(book)]
    if not only:
        return marks, missing
    kept = [mark for mark in marks if mark.key == only]
    if not kept:
        raise UsageError(
            f"--only {only}: found no mark of this student",
            hint=f"the book has {say_names(mark.key for mark in marks) or 'none'}",
        )
    return kept, [(key, reason) for key, reason in missing if key == only]


def write_down(book: Gradebook, to: str, out: Path, marks: Sequence[Mark]) -> None:
    """Write down in the gradebook what was exported."""
    record_export(book, to, str(out), out.read_bytes(), {mark.key: mark.score for mark in marks})
