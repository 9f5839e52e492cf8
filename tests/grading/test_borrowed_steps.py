"""Where gd_step is wrong, a method runs on the reference's steps: few round trips, and the same run."""

from types import SimpleNamespace

import numpy as np
import pytest

import reference.lab1 as solutions
from grader.grading_run import load_settings
from grader.suites.lab1_runs import _run_on_reference_steps, problem_of
from student.given.trajectories import list_runs, take_step

PROBLEM = load_settings().assignment.lab1
RUNS = [run for run in list_runs(PROBLEM) if run.function != "gd_step"]


def keep_last(W, k):
    """Prune, and on ties keep the last of equal entries: another right choice than the reference's."""
    largest = np.argsort(-np.abs(W[::-1, 0]), kind="stable")[:k]
    kept = np.zeros(W.shape)
    kept[W.shape[0] - 1 - largest] = 1.0
    return W * kept


OPERATORS = {
    "right": lambda function: getattr(solutions, function),
    "single precision": lambda function: (
        lambda W, *rest: getattr(solutions, function)(W.astype(np.float32), *rest)
    ),
    "wrong": lambda function: lambda W, *rest: 0.9 * getattr(solutions, function)(W, *rest),
    "another tie": lambda function: keep_last if function == "prune_topk" else getattr(solutions, function),
}


class Counted:
    """The student's function, called in this process, with the number of round trips."""

    def __init__(self, operator):
        self.operator, self.trips = operator, 0

    def call_each(self, weights, others):
        """Call it once for each of many weights."""
        self.trips += 1
        return [np.asarray(self.operator(W, *others), dtype=np.float64) for W in weights]


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run.item}-{run.method}-{run.strength}")
def test_the_run_is_the_one_of_single_steps(run, name):
    """Bit by bit, whatever the operator does; a right one is asked a few times only."""
    function = Counted(OPERATORS[name](run.function))
    grading = SimpleNamespace(problem=PROBLEM, function=lambda _: function)
    problem = problem_of(grading, run)
    single = SimpleNamespace(
        gd_step=solutions.gd_step,
        **{run.function: lambda *given: np.asarray(function.operator(*given), dtype=np.float64)},
    )
    W, expected = PROBLEM.initial, [PROBLEM.initial[:, 0]]
    for _ in range(PROBLEM.steps):
        W = take_step(run, problem, W, single)
        expected.append(W[:, 0])
    got = _run_on_reference_steps(grading, run)
    assert np.array_equal(got, np.array(expected))
    assert function.trips <= (1 if name == "right" else PROBLEM.steps + 1)
