"""Every right submission in every variant under many seeds: what a right answer may lose is nothing.

Run it as ``python -m tests.false_alarms.matrix``; it prints a table and ends with status 1 when a
point was lost.
"""

import argparse
import platform
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import product

import numpy as np
import torch

from grader.grading_run import load_settings
from grader.sandbox import Sandbox
from grader.submission import Assembly, read_answers, read_submission
from tests.bank.hidden_checks import PASSED, PATIENT, assemble_submission, list_hidden_checks, warm
from tests.bank.right import RIGHT_SUBMISSIONS, RightSubmission
from tests.false_alarms.rewrites import compose
from tests.false_alarms.variants import VARIANTS, Variant

SEEDS = 50
FIRST_SEEDS = 10
REWRITES = 400
_FORMULA = "lab1.a.update"


@dataclass
class Tally:
    """What was graded and what was lost.

    Attributes:
        gradings: Gradings, one per submission, variant and seed.
        checks: Checks that were made.
        losses: A line for each check that was lost.
    """

    gradings: int = 0
    checks: int = 0
    losses: tuple[str, ...] = ()

    def __add__(self, other: "Tally") -> "Tally":
        """Add two tallies."""
        return Tally(
            self.gradings + other.gradings, self.checks + other.checks, (*self.losses, *other.losses)
        )


class Grader:
    """Grades variants of right submissions in a sandbox of its own."""

    def __init__(self) -> None:
        self.settings = load_settings()
        self.checks = list_hidden_checks(self.settings)
        self.sandbox = Sandbox.start(limits=PATIENT)

    def grade(self, name: str, assembly: Assembly, seeds: range, answers: dict | None = None) -> Tally:
        """Grade an assembly under several seeds; under all but the first only what draws inputs."""
        checks = [c for c in self.checks if c.function or (c.name == _FORMULA and answers)]
        tally = Tally()
        with warm(self.sandbox, self.settings, assembly, answers) as submission:
            for seed in seeds:
                outcomes, drawing = submission.grade(checks, seed)
                lost = tuple(
                    f"{name}, seed {seed}: {check}: {why}" for check, why in outcomes.items() if why != PASSED
                )
                tally += Tally(1, len(outcomes), lost)
                checks = drawing
        return tally

    def grade_right(self, right: RightSubmission, variant: Variant, seeds: range) -> Tally:
        """Grade a member of the bank in a variant."""
        submission = read_submission(right.folder)
        assembly = variant.apply(assemble_submission(submission, self.sandbox))
        answers = dict(read_answers(right.answers.read_bytes()).values) if right.answers else None
        return self.grade(f"{right.name} ({variant})", assembly, seeds, answers)

    def grade_rewrite(self, number: int) -> Tally:
        """Grade a composed rewrite in the variant and under the seed that its number gives."""
        rewrite = compose(number)
        variant = VARIANTS[number % len(VARIANTS)]
        return self.grade(
            f"{rewrite} ({variant})", variant.apply(rewrite.assembly), range(number, number + 1)
        )


_grader: Grader | None = None


def _warm_grader() -> Grader:
    """Return this process's grader; its sandbox ends with the process."""
    global _grader  # noqa: PLW0603  # one per process of the pool
    if _grader is None:
        torch.set_num_threads(1)
        _grader = Grader()
    return _grader


def _grade_right(task: tuple[RightSubmission, Variant, range]) -> Tally:
    return _warm_grader().grade_right(*task)


def _grade_rewrites(numbers: range) -> Tally:
    return sum((_warm_grader().grade_rewrite(number) for number in numbers), Tally())


def _progress(what: str, tallies: Iterator[Tally], count: int) -> Tally:
    """Add tallies up and say on stderr how far it is."""
    total = Tally()
    for done, tally in enumerate(tallies, start=1):
        total += tally
        for line in tally.losses:
            print(f"LOST {line}", flush=True)
        if sys.stderr.isatty() or done % 10 == 0:
            words = f"{what}: {done}/{count}, {total.gradings} gradings"
            end = "\r" if sys.stderr.isatty() and done < count else "\n"
            print(words, end=end, file=sys.stderr, flush=True)
    return total


def main() -> int:
    """Grade everything and print the table."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="seeds per right submission and variant")
    parser.add_argument("--rewrites", type=int, default=REWRITES, help="composed rewrites, one seed each")
    parser.add_argument("--first", type=int, default=0, help="number of the first rewrite")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    arguments = parser.parse_args()
    started = time.monotonic()
    # First a few seeds of everything: what is wrong shows early.
    spans = [range(min(FIRST_SEEDS, arguments.seeds)), range(FIRST_SEEDS, arguments.seeds)]
    tasks = list(product(RIGHT_SUBMISSIONS, VARIANTS, [span for span in spans if span]))
    tasks.sort(key=lambda task: task[2].start)
    end = arguments.first + arguments.rewrites
    batches = [range(start, min(start + 10, end)) for start in range(arguments.first, end, 10)]
    with ProcessPoolExecutor(arguments.jobs) as pool:
        bank = _progress("right submissions", pool.map(_grade_right, tasks), len(tasks))
        rewrites = _progress("rewrites", pool.map(_grade_rewrites, batches), len(batches))
    print(
        f"{'':40}{'gradings':>10}{'checks made':>13}{'false alarms':>14}\n"
        f"{f'{len(RIGHT_SUBMISSIONS)} right submissions x {arguments.seeds} seeds x 4':40}"
        f"{bank.gradings:10}{bank.checks:13}{len(bank.losses):14}\n"
        f"{f'{arguments.rewrites} composed rewrites':40}"
        f"{rewrites.gradings:10}{rewrites.checks:13}{len(rewrites.losses):14}\n"
        f"Python {platform.python_version()}, NumPy {np.__version__}, PyTorch {torch.__version__}, "
        f"{arguments.jobs} processes, {time.monotonic() - started:.0f} s"
    )
    return 1 if bank.losses or rewrites.losses else 0


if __name__ == "__main__":
    sys.exit(main())
