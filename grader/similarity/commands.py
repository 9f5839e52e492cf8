"""The command ``hw4-grade similarity``."""

from __future__ import annotations

from pathlib import Path

import click

from grader.errors import UsageError


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

    SUBMISSIONS are what `hw4-grade` grades: folders, single files, zip files, a folder of them, the download
    of an LMS.
    """
    from rich.console import Console

    from grader.batch.reading import read_paths
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
    download = read_paths(submissions)
    if len(download.handed_in) < 2:
        raise UsageError(
            f"similarity: found {len(download.handed_in)} submission, expected at least two",
            hint="name the folder of a class, or several submissions",
        )
    folder = prepare_folder(out, download.path)
    with Sandbox.start(limits=LIMITS, allow_weak=allow_weak) as sandbox, MaterialReader(sandbox) as reader:
        explained = reader.read_explained()
        class_ = list(read_class(download.handed_in, reader))
    ranking = compare_class(class_, explained, keep=pairs)
    comparisons = [
        make_comparison(rank, pair, class_, ranking, explained) for rank, pair in enumerate(ranking.pairs, 1)
    ]
    facts = describe_class(class_, ranking, pairs)
    notes = list(download.notes)
    notes += [f"{material.key}: {note}" for material in class_ for note in material.notes]
    notes += [f"{material.key}: found nothing to compare" for material in class_ if not material.texts]
    write_comparisons(comparisons, facts, notes, folder)
    print_comparisons(console, comparisons, facts)
    if notes:
        console.print(
            f"{len(notes)} notes on what was not compared: see the end of the page", highlight=False
        )
    console.print(f"pages:  {folder / 'index.html'}", highlight=False, soft_wrap=True)
    console.print(f"table:  {folder / 'pairs.csv'}", highlight=False, soft_wrap=True)
