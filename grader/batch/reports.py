"""The students' reports made again, with the marks and decisions of persons in them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import click

from grader.batch.evidence import FILE_NAME, load_evidence
from grader.errors import StaffError
from grader.feedback import hide_answers, hide_reference
from grader.gradebook.human import list_human_marks, list_overrides
from grader.gradebook.marks import Settled, settle
from grader.gradebook.standing import find_folder, list_standings
from grader.gradebook.store import Gradebook
from grader.results import drop_volatile, write_atomically
from grader.terminal import plain
from report_template.grading import build_grading_report


def refresh_reports(
    book: Gradebook, keys: Collection[str] | None = None, *, marked_only: bool = True
) -> tuple[int, list[str]]:
    """Make reports again from the gradebook, with what persons marked and decided.

    Args:
        book: The gradebook.
        keys: Only these students; all when None.
        marked_only: Only students for whom a person marked or decided something.

    Returns:
        How many were made, and whose could not be, with the reason.

    Raises:
        UsageError: A report cannot be written.
    """
    made, failed = 0, []
    for standing in list_standings(book):
        if standing.problem or (keys is not None and standing.key not in keys):
            continue
        if marked_only and not (list_human_marks(book, standing.key) or list_overrides(book, standing)):
            continue
        try:
            _make_report(settle(book, standing), find_folder(book, standing.key))
            made += 1
        except StaffError as error:
            failed.append(f"{standing.key}: {error.message}")
    return made, failed


def _make_report(settled: Settled, folder: Path) -> None:
    path = folder / FILE_NAME
    if not path.is_file():
        raise StaffError(f"{FILE_NAME} is missing", hint="grade this submission again")
    evidence = load_evidence(path.read_bytes())
    partial = folder / ".report.pdf.partial"
    try:
        build_grading_report(
            drop_volatile(hide_answers(_add_decisions(settled))), hide_reference(evidence), partial
        )
        write_atomically(folder / "report.pdf", partial.read_bytes())
    finally:
        partial.unlink(missing_ok=True)


def _add_decisions(settled: Settled) -> dict[str, Any]:
    """Put the decisions of persons among the policies, where the report tells what was applied."""
    decisions = [
        {
            "name": "decision",
            "applied": True,
            "points": 0.0,
            "rationale": f"{note}; contained in the points above",
        }
        for note in settled.notes
    ]
    return settled.result | {"policies": [*settled.result["policies"], *decisions]}


@click.command(name="reports")
@click.argument("book", type=click.Path(path_type=Path))
@click.option("--all", "everybody", is_flag=True, help="Also where no person marked anything.")
def reports_command(book: Path, *, everybody: bool) -> None:
    """Make the students' PDF reports in BOOK again, with the marks and decisions of persons."""
    from grader.gradebook.store import lock_for_a_run

    with Gradebook.open(book) as opened, lock_for_a_run(opened.path):
        made, failed = refresh_reports(opened, marked_only=not everybody)
    click.echo(f"{made} reports made again")
    for reason in failed:
        click.echo(f"not made: {plain(reason, 300)}")
    if failed:
        raise StaffError(
            f"{len(failed)} reports could not be made again",
            hint="grade the class again: results without their evidence are made anew",
        )
