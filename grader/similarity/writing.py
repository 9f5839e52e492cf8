"""Write the comparison of a class: a ranked table, a page for each pair, an index."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

from grader.results import write_atomically
from grader.similarity.material import CODE, PROSE, Explained, Material
from grader.similarity.pages import Comparison, build_index_page, build_pair_page, name_submission
from grader.similarity.pairs import Pair, Ranking
from grader.similarity.passages import find_shared
from grader.terminal import plain

SHOWN_ROWS = 20
# Below this a class has too few submissions for "rare in this class" to mean much.
SMALL_CLASS = 10
COLUMNS = (
    "rank", "score", "code", "prose", "shared_fingerprints", "share_of_code", "first_key", "first_name",
    "second_key", "second_name", "page",
)  # fmt: skip
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def make_comparison(
    rank: int, pair: Pair, class_: Sequence[Material], ranking: Ranking, explained: Explained
) -> Comparison:
    """Find the passages of a pair.

    Args:
        rank: The pair's place in the table.
        pair: The pair.
        class_: The submissions.
        ranking: The class's ranking.
        explained: What does not count.
    """
    first, second = class_[pair.first], class_[pair.second]
    shared = [
        one
        for kind, index in ((CODE, ranking.code), (PROSE, ranking.prose))
        for one in find_shared(first, second, index, kind, explained)
    ]
    shared.sort(key=lambda one: (-one.weight, -one.length))
    return Comparison(rank, pair, first, second, tuple(shared), f"pair-{rank:04}.html")


def describe_class(class_: Sequence[Material], ranking: Ranking, shown: int) -> list[str]:
    """Say how many were compared and how scores are distributed, so that one score can be judged.

    Args:
        class_: The submissions.
        ranking: Their ranking.
        shown: How many pairs are listed.

    Returns:
        Sentences.
    """
    n = len(class_)
    possible = n * (n - 1) // 2
    listed = min(shown, len(ranking.pairs))
    facts = [f"{n} submissions, {possible} pairs; the {listed} with the highest scores are listed."]
    if possible:
        scores = np.concatenate((ranking.scores, np.zeros(possible - len(ranking.scores))))
        levels = ", ".join(
            f"{part} % of all pairs at most {np.percentile(scores, part):.1f}" for part in (50, 99)
        )
        facts.append(f"Scores: {levels}.")
    if n < SMALL_CLASS:
        facts.append(
            f"Only {n} submissions: how rare a passage is cannot be told from so few, so scores mean little; "
            "read the passages themselves."
        )
    return facts


def write_comparisons(
    comparisons: Sequence[Comparison], facts: Sequence[str], notes: Sequence[str], out: Path
) -> None:
    """Write ``pairs.csv``, ``index.html`` and a page for each pair; pages of an earlier run are removed.

    Args:
        comparisons: The pairs, ranked.
        facts: What should be known about the class as a whole.
        notes: What could not be compared.
        out: The folder, which exists.

    Raises:
        UsageError: A file cannot be written.
    """
    for stale in out.glob("pair-[0-9]*.html"):
        stale.unlink()
    for one in comparisons:
        write_atomically(out / one.page, _encode(build_pair_page(one)))
    write_atomically(out / "pairs.csv", _encode(format_table(comparisons)))
    write_atomically(out / "index.html", _encode(build_index_page(comparisons, facts, notes)))


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def format_table(comparisons: Sequence[Comparison]) -> str:
    """Format the ranked pairs as CSV; what a spreadsheet would take for a formula is quoted."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    for one in comparisons:
        pair = one.pair
        figures = [f"{value:.3f}" for value in (pair.score, pair.code, pair.prose)]
        names = [one.first.key, one.first.name, one.second.key, one.second.name]
        writer.writerow(
            [one.rank, *figures, pair.shared, f"{pair.share:.3f}", *map(quote_formula, names), one.page]
        )
    return stream.getvalue()


def quote_formula(text: str) -> str:
    """Keep a spreadsheet from running a name.

    Examples:
        >>> quote_formula("=1+1"), quote_formula("Ann")
        ("'=1+1", 'Ann')
    """
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def print_comparisons(console: Console, comparisons: Sequence[Comparison], facts: Sequence[str]) -> None:
    """Print the first pairs of the table.

    Args:
        console: Where to.
        comparisons: The pairs, ranked.
        facts: What should be known about the class as a whole.
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("rank", "score", "code", "prose"):
        table.add_column(column, justify="right")
    table.add_column("submissions")
    for one in comparisons[:SHOWN_ROWS]:
        figures = [f"{value:.1f}" for value in (one.pair.score, one.pair.code, one.pair.prose)]
        names = f"{name_submission(one.first)}  {name_submission(one.second)}"
        table.add_row(str(one.rank), *figures, plain(names))
    console.print(table)
    for fact in facts:
        console.print(fact, markup=False, highlight=False, soft_wrap=True)
