"""How far right and wrong quantizers lie apart in single steps from the reference's states.

Run ``python -m tests.benchmarks.lab2_separation [DATA [WEIGHTS]] [--seeds N]``; it prints tables in
Markdown: every right quantizer of the bank and other float orders, every wrong one of the bank.
"""

import argparse
import contextlib
import io
import tempfile
from pathlib import Path

import torch

from grader.lab2 import statistics
from grader.lab2.reference_states import judge_step, make_reference_states
from grader.lab2.statistics import StepVerdict
from student.given.datasets import load_dataset
from student.given.devices import keep_freed_memory
from student.given.pretrained import load_embedded_weights, load_weights
from tests.lab2.quantizers import list_right_submissions, make_other_orders, make_wrong_layers, right_layers

DECIDING = {
    "codes": (statistics.CODES_WRONG, {StepVerdict.WRONG_CODES}),
    "gradient": (statistics.GRADIENT_RIGHT, {StepVerdict.NO_GRADIENT, StepVerdict.GRADIENT_LEAK}),
    "update": (statistics.UPDATE_RIGHT, {StepVerdict.UPDATE_DIFFERS}),
    "on_grid": (statistics.ON_GRID, {StepVerdict.OVERWRITTEN}),
}
STATISTICS = ("codes", "gradient", "inner_gradient", "update", "loss", "on_grid")


def take_steps(states, layers):
    """Return the statistics of each state's step, or the exception that ended it."""
    found = []
    for state, quantized in states:
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                got = state.take_step(layers)
            except Exception as error:  # noqa: BLE001  # a wrong quantizer may raise anything
                found.append(error)
                continue
        found.append(judge_step(state, got, quantized))
    return found


def describe(name, found, choose):
    """Return a row: the extreme of each statistic over the states, and the verdicts."""
    usable = [step for step in found if not isinstance(step, Exception)]
    if not usable:
        return f"| {name} | {' | '.join(['-'] * len(STATISTICS))} | {type(found[0]).__name__} |"
    cells = [f"{choose(getattr(step, key) for step in usable):.2g}" for key in STATISTICS]
    verdicts = sorted({step.verdict.value for step in usable})
    return f"| {name} | {' | '.join(cells)} | {', '.join(verdicts)} |"


def print_table(title, rows):
    """Print a table under a title."""
    print(f"\n{title}\n\n| quantizer | {' | '.join(STATISTICS)} | verdict |")
    print("|" + " --- |" * (len(STATISTICS) + 2))
    for row in rows:
        print(row, flush=True)


def print_summary(right, wrong):
    """Print, for each statistic, the largest right value and the smallest by which a wrong one is told."""
    usable = [f for found in right.values() for f in found if not isinstance(f, Exception)]
    told = [f for found in wrong.values() for f in found if not isinstance(f, Exception)]
    print("\nSeparation\n\n| statistic | largest right | threshold | smallest wrong that it tells |")
    print("| --- | --- | --- | --- |")
    for statistic, (threshold, verdicts) in DECIDING.items():
        largest = max(getattr(f, statistic) for f in usable)
        values = [getattr(f, statistic) for f in told if f.verdict in verdicts]
        smallest = f"{min(values):.2g}" if values else "-"
        print(f"| {statistic} | {largest:.2g} | {threshold:g} | {smallest} |")


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?", default="embedded")
    parser.add_argument("weights", nargs="?", type=Path)
    parser.add_argument("--seeds", type=int, default=1, help="batches and states for the right float orders")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    keep_freed_memory()
    dataset = load_dataset(arguments.data)
    state = load_weights(arguments.weights) if arguments.weights else load_embedded_weights()
    states = [(s, s.quantize()) for s in make_reference_states(state, dataset.train)]
    print(f"{dataset.name}, {len(states)} states: bits 4, 3, 2; batch 64; torch {torch.__version__}")
    right = {name: take_steps(states, layers) for name, layers in make_other_orders().items()}
    for name in list_right_submissions():
        with (
            tempfile.TemporaryDirectory() as scratch,
            contextlib.redirect_stdout(io.StringIO()),
            right_layers(name, Path(scratch)) as layers,
        ):
            right[name] = take_steps(states, layers)
    print_table(
        "Right quantizers: largest over the states",
        [describe(name, found, max) for name, found in right.items()],
    )
    wrong = {}

    def measure_wrong():
        for name, layers in sorted(make_wrong_layers().items()):
            wrong[name] = take_steps(states, layers)
            yield describe(name, wrong[name], min)

    print_table("Wrong quantizers: smallest over the states", measure_wrong())
    print_summary(right, wrong)
    if arguments.seeds > 1:
        found = []
        for seed in range(1, arguments.seeds):
            drawn = make_reference_states(state, dataset.train, seed=seed, after_steps=(1,))
            seeded = [(s, s.quantize()) for s in drawn]
            for layers in make_other_orders().values():
                found += take_steps(seeded, layers)
        print_table(f"Other float orders, {arguments.seeds - 1} more seeds", [describe("all", found, max)])


if __name__ == "__main__":
    main()
