"""The command ``hw4-grade similarity``."""

from __future__ import annotations

from pathlib import Path

import click

from grader.errors import UsageError
from grader.gradebook.records import HandedIn


@click.command("similarity")
@click.argument("submissions", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Folder for the table and the pages."
)
@click.option(
    "--pairs", default=50, show_default=True, type=click.IntRange(1, 9999), help="How many pairs to list."
)
@click.option("--allow-weak", is_flag=True, help="Read submissions even where they cannot be confined well.")
def similarity_command(submissions: tuple[Path, ...], out: Path, pairs: int, *, allow_weak: bool) -> None:
    """List pairs of SUBMISSIONS that share what the handout does not explain, for a person to read.

    SUBMISSIONS are folders, single files or zip files, or one folder with a submission in each entry.
    """
    from rich.console import Console

    from grader.grading_run import LIMITS
    from grader.results import prepare_folder
    from grader.sandbox import Sandbox
    from grader.similarity.pairs import compare_class
    from grader.similarity.reading import MaterialReader, read_class
    from grader.similarity.writing import (
        describe_class,
        make_comparison,
        print_comparisons,
        write_comparisons,
    )

    console = Console()
    handed_in = list_handed_in(submissions)
    for path in submissions:
        folder = prepare_folder(out, path)
    with Sandbox.start(limits=LIMITS, allow_weak=allow_weak) as sandbox, MaterialReader(sandbox) as reader:
        explained = reader.read_explained()
        class_ = list(read_class(handed_in, reader))
    ranked, code, prose = compare_class(class_, explained)
    comparisons = [
        make_comparison(rank, pair, class_, (code, prose), explained)
        for rank, pair in enumerate(ranked[:pairs], 1)
    ]
    facts = describe_class(class_, ranked, pairs)
    notes = [f"{material.key}: {note}" for material in class_ for note in material.notes]
    notes += [f"{material.key}: found nothing to compare" for material in class_ if not material.texts]
    write_comparisons(comparisons, facts, notes, folder)
    print_comparisons(console, comparisons, facts)
    if notes:
        console.print(
            f"{len(notes)} notes on what was not compared: see the end of the page", highlight=False
        )
    console.print(f"pages:  {folder / 'index.html'}", highlight=False, soft_wrap=True)
    console.print(f"table:  {folder / 'pairs.csv'}", highlight=False, soft_wrap=True)


def list_handed_in(paths: tuple[Path, ...]) -> list[HandedIn]:
    """List the uploads of a class.

    Args:
        paths: Submissions, or one folder that holds a submission in each of its entries.

    Returns:
        The uploads by key, which is unique.

    Raises:
        UsageError: There are fewer than two.
    """
    from grader.submission import read_submission
    from grader.submission.names import display_names, find_role, is_junk

    if len(paths) == 1 and paths[0].is_dir():
        entries = sorted(entry for entry in paths[0].iterdir() if not is_junk((entry.name,)))
        paths = tuple(
            entry
            for entry in entries
            if entry.is_dir() or find_role((entry.name,)) in ("code", "notebook", "archive")
        )
    if len(paths) < 2:
        raise UsageError(
            f"similarity: found {len(paths)} submission, expected at least two",
            hint="name the folder of a class, or several submissions",
        )
    keys = display_names(str(path) for path in dict.fromkeys(paths))
    return [
        HandedIn(keys[str(path)], "", lambda path=path: read_submission(path))  # type: ignore[misc]
        for path in sorted(set(paths))
    ]
