"""``hw4-grade`` on many submissions."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import click
from rich.console import Console

from grader.batch.planning import Plan
from grader.batch.pool import choose_jobs
from grader.batch.reading import choose_folder
from grader.batch.reports import refresh_reports
from grader.batch.running import RunOutcome, run_class
from grader.batch.showing import print_summary, write_summary
from grader.batch.summary import summarize_class
from grader.errors import StaffError, SubmissionError, UsageError
from grader.gradebook.records import ClassDownload
from grader.gradebook.store import FILE_NAME, Gradebook, lock_for_a_run
from grader.results import prepare_folder
from grader.terminal import plain

INTERRUPTED = 130
_NOTES_SHOWN = 12


def grade_class(download: ClassDownload, out: Path | None, plan: Plan) -> NoReturn:
    """Grade a class into a folder, print and write the summary, and exit.

    Exit status: 0 when every submission was graded, 1 when one could not be read, 3 when one was not
    graded through our fault, 130 when it was stopped.

    Args:
        download: The uploads.
        out: The folder for results; beside what was read when None.
        plan: How to grade.

    Raises:
        UsageError: The folder cannot be used, or another run uses it.
        StaffError: Nothing can be graded here.
    """
    console = Console()
    folder = prepare_folder(choose_folder(download, out), download.path)
    _say_what_was_read(console, download, folder)
    with lock_for_a_run(folder / FILE_NAME), Gradebook.open(folder / FILE_NAME, create=True) as book:
        try:
            with _stop_on_terminate():
                outcome = run_class(book, download, plan, console)
        except KeyboardInterrupt:
            _say_how_to_go_on(console, book, download, plan)
            sys.exit(INTERRUPTED)
        if plan.pdf and outcome.graded:
            refresh_reports(book, outcome.graded_keys)  # a regrade keeps what persons marked
        summary = summarize_class(book)
        write_summary(summary, outcome, folder, pdf=plan.pdf)
        print_summary(console, summary, outcome)
    for name, what in (("gradebook", FILE_NAME), ("summary", "summary.pdf" if plan.pdf else "summary.csv")):
        console.print(f"{name + ':':10} {folder / what}", markup=False, highlight=False, soft_wrap=True)
    sys.exit(_choose_status(outcome))


def make_plan(jobs: int | None, **choices: Any) -> Plan:
    """Make a plan from the options of the command line.

    Args:
        jobs: How many submissions at once; chosen by cores and memory when None.
        choices: Fields of `grader.batch.planning.Plan`.
    """
    return Plan(jobs=jobs or choose_jobs(finetune=bool(choices["choices"].get("steps"))), **choices)


def _say_what_was_read(console: Console, download: ClassDownload, folder: Path) -> None:
    origin = "" if download.lms == "paths" else f" from {download.lms.title()}"
    line = f"{len(download.handed_in)} submissions{origin}; results go to {folder}"
    console.print(line, markup=False, highlight=False, soft_wrap=True)
    for note in download.notes[:_NOTES_SHOWN]:
        console.print("note    ", plain(note, 300), sep="", soft_wrap=True)
    if len(download.notes) > _NOTES_SHOWN:
        console.print(f"        and {len(download.notes) - _NOTES_SHOWN} more notes, all in the gradebook")
    if not download.handed_in:
        raise UsageError(
            f"{download.path}: found no submission in it",
            hint="name the download, or a folder of submissions",
        )


def _say_how_to_go_on(console: Console, book: Gradebook, download: ClassDownload, plan: Plan) -> None:
    kept = book.rows("SELECT count(DISTINCT attempt_id) FROM results WHERE outcome = 'graded'")[0][0]
    console.print(
        f"stopped: {kept} of {len(download.handed_in)} submissions have a result, and all of it is kept in "
        f"{book.path}",
        markup=False,
        soft_wrap=True,
    )
    again = "the same command without --regrade" if plan.regrade else "the same command again"
    console.print(f"run {again} to go on where it stopped", soft_wrap=True)


def _choose_status(outcome: RunOutcome) -> int:
    if outcome.faults:
        return StaffError.exit_status
    return SubmissionError.exit_status if outcome.unreadable else 0


@contextlib.contextmanager
def _stop_on_terminate() -> Iterator[None]:
    """Stop on SIGTERM as on Ctrl-C: in order."""

    def stop(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def demand_one_choice(*, regrade: bool, twice: bool, jobs: int | None, cluster: str | None) -> None:
    """Refuse options that mean nothing for one plain submission.

    Raises:
        click.UsageError: One was given.
    """
    options = {"--regrade": regrade, "--twice": twice, "--jobs": jobs, "--cluster": cluster}
    given = [name for name, on in options.items() if on]
    if given:
        raise click.UsageError(f"{', '.join(given)}: only for several submissions, found one")
