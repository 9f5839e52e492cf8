"""``hw4-grade marks``, ``mark``, ``override``, ``history``, ``gradebook``: what persons do with marks."""

from __future__ import annotations

from pathlib import Path

import click

from grader.errors import StaffError, UsageError
from grader.gradebook.history import tell_history
from grader.gradebook.human import set_mark, set_override
from grader.gradebook.marks import find_mark, list_marks, list_pending, list_unsettled
from grader.gradebook.merging import merge_gradebooks
from grader.gradebook.sheets import dump_pending, read_marks
from grader.gradebook.standing import find_folder, find_standing, list_standings
from grader.gradebook.store import FILE_NAME, Gradebook
from grader.results import write_atomically

WITHDRAW = "withdraw"
_BOOK = click.argument("book", type=click.Path(path_type=Path))
_AUTHOR = click.option("--author", required=True, help="Who marks; it stands in the history.")


def _read_points(_ctx: click.Context, _parameter: click.Parameter, value: str) -> float | None:
    if value == WITHDRAW:
        return None
    try:
        return float(value)
    except ValueError as error:
        raise click.BadParameter(f"found {value!r}, expected points, or the word {WITHDRAW}") from error


def _show(text: str, limit: int = 400) -> str:
    """Show a student's text on one line, without what would steer a terminal."""
    line = " ".join(text.split())
    shown = "".join(sign if sign.isprintable() else "�" for sign in line[:limit])
    return shown + (" …" if len(line) > limit else "")


@click.command(name="marks")
@_BOOK
@click.option("--csv", "sheet", type=click.Path(path_type=Path), help="Write what is pending as a table.")
@click.option(
    "--import", "filled", type=click.Path(path_type=Path, exists=True), help="Read a filled table in."
)
@click.option("--author", default="", help="Who marked; needed by --import.")
@click.option("--student", default="", help="Only this student.")
def marks_command(book: Path, sheet: Path | None, filled: Path | None, author: str, student: str) -> None:
    """List what persons still have to mark in BOOK; export it as a table, and read the points in again."""
    with Gradebook.open(book) as opened:
        if filled is not None:
            if not author.strip():
                raise UsageError("--import: found no --author, expected who marked", hint="add --author NAME")
            outcome = read_marks(opened, filled.read_bytes(), author.strip())
            click.echo(
                f"{outcome.recorded} marks added, {outcome.unchanged} there already, "
                f"{outcome.blank} rows without points"
            )
        elif sheet is not None:
            write_atomically(sheet, dump_pending(opened))
            click.echo(f"pending parts: {sheet}")
            click.echo(
                f"fill in the column points, then: hw4-grade marks {book} --import {sheet} --author NAME"
            )
        else:
            _list_pending(opened, student)
        if not student:
            _list_totals(opened)


def _list_pending(book: Gradebook, student: str) -> None:
    for part in list_pending(book, student):
        click.echo(f"{_show(part.key)}  {part.item}  {part.part}  of {part.out_of:g}  {part.title}")
        for name, text in (("text", part.text), ("why", part.rationale), ("earlier", part.earlier)):
            if text and text != "to be marked by a person":
                click.echo(f"    {name:8}{_show(text, 1500 if name == 'why' else 400)}")


def _list_totals(book: Gradebook) -> None:
    marks = list_marks(book)
    waiting = [mark for mark in marks if mark.pending]
    owed = sum(mark.pending for mark in waiting)
    click.echo(
        f"{len(marks) - len(waiting)} of {len(marks)} students are marked; {owed:g} points are pending"
    )
    for student in list_unsettled(book):
        click.echo(f"no mark: {_show(student.key)}: {_show(student.reason)}")


@click.command(name="mark")
@_BOOK
@click.argument("student")
@click.argument("item")
@click.argument("part")
@click.argument("points", callback=_read_points)
@_AUTHOR
@click.option("--reason", default="", help="Told to the student.")
def mark_command(
    book: Path, student: str, item: str, part: str, points: float | None, author: str, reason: str
) -> None:
    """Give STUDENT points for a PART of ITEM that the grader left to a person; "withdraw" takes them back."""
    with Gradebook.open(book) as opened:
        set_mark(opened, find_standing(opened, student), item, part, points, author, reason)
        _say_total(opened, student)


@click.command(name="override")
@_BOOK
@click.argument("student")
@click.argument("points", callback=_read_points)
@click.option("--item", default="", help="Decide on this item instead of the total.")
@_AUTHOR
@click.option("--reason", required=True, help="Told to the student.")
def override_command(
    book: Path, student: str, points: float | None, item: str, author: str, reason: str
) -> None:
    """Decide STUDENT's total, or one item, whatever the grader found; "withdraw" takes it back."""
    with Gradebook.open(book) as opened:
        set_override(opened, find_standing(opened, student), item, points, author, reason)
        _say_total(opened, student)


def _say_total(book: Gradebook, student: str) -> None:
    mark = find_mark(book, student)
    if mark is None:
        click.echo(f"{_show(student)}: no mark")
    else:
        pending = f", {mark.pending:g} pending" if mark.pending else ""
        click.echo(f"{_show(student)}: {mark.score:g} of {mark.max_score:g}{pending}")


@click.command(name="history")
@_BOOK
@click.argument("student")
def history_command(book: Path, student: str) -> None:
    """Tell every upload, result, mark and decision of STUDENT, the oldest first.

    Under a result stands what it changed against the one before: old and new points, and why.
    """
    with Gradebook.open(book) as opened:
        for entry in tell_history(opened, student):
            click.echo(f"{entry.at[:19]}Z  {entry.what:9}{_show(entry.words, 1000)}")
            for line in entry.details:
                click.echo(f"{'':31}{_show(line, 1000)}")
        _say_total(opened, student)


@click.group(name="gradebook")
def gradebook_command() -> None:
    """Check a gradebook, or bring several together."""


@gradebook_command.command()
@_BOOK
def check(book: Path) -> None:
    """Check every page, reference and result of BOOK, and that every report is there."""
    with Gradebook.open(book) as opened:
        opened.check()
        results = missing = 0
        for standing in list_standings(opened):
            if not standing.problem:
                standing.read_result()
                results += 1
                missing += not (find_folder(opened, standing.key) / "results.json").is_file()
        click.echo(f"{opened.path}: whole; {results} students with a result")
        if missing:
            raise StaffError(
                f"{missing} students have a result but no results.json in their folder",
                hint="grade the class again: only those are made again",
            )


@gradebook_command.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path))
def merge(target: Path, sources: tuple[Path, ...]) -> None:
    """Add to the gradebook in the folder TARGET what the gradebooks SOURCES hold."""
    if target.suffix != Path(FILE_NAME).suffix:
        target.mkdir(parents=True, exist_ok=True)
    opened = [Gradebook.open(source) for source in sources]
    try:
        with Gradebook.open(target, create=True) as book:
            outcome = merge_gradebooks(book, opened)
            added = ", ".join(f"{count} {table.replace('_', ' ')}" for table, count in outcome.added.items())
            click.echo(f"{book.path}: added {added or 'nothing'}")
            for conflict in outcome.conflicts:
                click.echo(f"disagreement: {_show(conflict)}")
            _list_totals(book)
    finally:
        for source in opened:
            source.close()
