"""Grade every mutant of the reference and print how many were killed.

Run it as ``python -m tests.mutation.run``; it ends with status 1 when a mutant survives that is not
listed as equivalent, or when one that is listed loses points.
"""

import argparse
import platform
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import torch

from grader.grade import Settings
from grader.grading_run import load_settings
from grader.sandbox import Sandbox
from tests.bank.hidden_checks import PATIENT
from tests.bank.paths import FUNCTIONS
from tests.mutation.equivalent import list_equivalent
from tests.mutation.generate import Mutant, list_all_mutants
from tests.mutation.kill import SEEDS, Verdict, grade_mutant

_warm: tuple[Sandbox, Settings] | None = None


def _grade(mutant: Mutant) -> Verdict:
    """Grade a mutant in this process's sandbox, which ends with the process."""
    global _warm  # noqa: PLW0603  # one per process of the pool
    if _warm is None:
        torch.set_num_threads(1)
        _warm = Sandbox.start(limits=PATIENT), load_settings()
    return grade_mutant(mutant, *_warm)


def main() -> int:
    """Grade all mutants and print the table."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--function", choices=FUNCTIONS, help="one function only")
    arguments = parser.parse_args()
    started = time.monotonic()
    mutants = [m for m in list_all_mutants() if arguments.function in {None, m.function}]
    equivalent = list_equivalent()
    counts: dict[str, Counter[str]] = {function: Counter() for function in FUNCTIONS}
    surprises = 0
    with ProcessPoolExecutor(arguments.jobs) as pool:
        for done, verdict in enumerate(pool.map(_grade, mutants, chunksize=8), start=1):
            mutant, count = verdict.mutant, counts[verdict.mutant.function]
            is_listed = mutant.key in equivalent
            outcome = "killed" if any(verdict.lost) else "equivalent" if is_listed else "survived"
            count[outcome] += 1
            if is_listed == any(verdict.lost) or verdict.is_killed == is_listed:
                surprises += 1
                listed = "listed as equivalent" if is_listed else "not listed as equivalent"
                print(f"SURPRISE ({listed}; lost {verdict.lost}) {mutant}", flush=True)
            if sys.stderr.isatty():
                print(f"\r{done}/{len(mutants)}", end="", file=sys.stderr, flush=True)
    _print_table(counts)
    print(
        f"{len(SEEDS)} seeds; Python {platform.python_version()}, NumPy {np.__version__}, "
        f"PyTorch {torch.__version__}, {arguments.jobs} processes, {time.monotonic() - started:.0f} s"
    )
    return 1 if surprises else 0


def _print_table(counts: dict[str, Counter[str]]) -> None:
    total: Counter[str] = Counter()
    print(f"\n| {'function':18} | mutants | killed | equivalent | survived | kill rate |")
    print(f"|{'-' * 20}|--------:|-------:|-----------:|---------:|----------:|")
    for function, count in [*counts.items(), ("all", total)]:
        wrong = count["killed"] + count["survived"]
        rate = f"{count['killed'] / wrong:.1%}" if wrong else ""
        print(
            f"| {function:18} | {sum(count.values()):7} | {count['killed']:6} | {count['equivalent']:10} | "
            f"{count['survived']:8} | {rate:>9} |"
        )
        total.update(count)


if __name__ == "__main__":
    sys.exit(main())
