"""Run a class through the batch with the fake engine, as a process that can be killed."""

import sys
from pathlib import Path

from rich.console import Console

from grader.batch.planning import Plan
from grader.batch.reading import read_class
from grader.batch.running import run_class
from grader.gradebook.store import Gradebook, lock_for_a_run
from tests.gradebook.fake_engine import ENGINE


def main(source, folder):
    """Grade `source` into `folder` as `hw4-grade` does."""
    folder = Path(folder)
    plan = Plan(jobs=2, choices={"delay_seconds": 0.02}, engine=ENGINE)
    with lock_for_a_run(folder / "gradebook.sqlite"), Gradebook.open(folder, create=True) as book:
        run_class(book, read_class(Path(source)), plan, Console())


if __name__ == "__main__":
    main(*sys.argv[1:])
