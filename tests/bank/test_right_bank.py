"""Every right submission is right, shown in process and without the grader."""

import tomllib
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

import reference.FP_layers as reference_layers
import reference.lab1 as reference_lab1
from student.given.problem import load_assignment
from student.given.trajectories import list_runs, run_trajectory
from tests.bank.definitions import measure_step
from tests.bank.loading import loaded
from tests.bank.paths import FUNCTIONS, RIGHT
from tests.bank.right import RIGHT_SUBMISSIONS

# float32 has 24 bits: 200 steps of a stable iteration stay within a few hundred roundings.
TOLERANCE = 2e-4


@cache
def reference_run(run):
    return run_trajectory(run, load_assignment().lab1, reference_lab1)[0]


@pytest.fixture(scope="module", params=RIGHT_SUBMISSIONS, ids=lambda submission: submission.name)
def functions(request, tmp_path_factory):
    torch.set_num_threads(1)
    with loaded(request.param.folder, tmp_path_factory.mktemp("scratch")) as functions:
        yield functions


def test_every_folder_is_described():
    """The table and the folder list the same submissions."""
    assert {path.name for path in RIGHT.iterdir() if path.is_dir()} == {s.name for s in RIGHT_SUBMISSIONS}


def test_all_six_are_provided(functions):
    assert [name for name in FUNCTIONS if not hasattr(functions, name)] == []


@pytest.mark.parametrize("name", ["gd_step", "prune_topk", "soft_threshold", "trimmed_l1_prox"])
def test_lab1_functions_agree_with_the_reference_and_keep_their_inputs(functions, name):
    generator = np.random.default_rng(7)
    for n, d in ((3, 5), (1, 1), (2, 6), (12, 9), (4, 3)):
        W, X, y = (generator.normal(size=shape) for shape in ((d, 1), (n, d), (n, 1)))
        W[generator.random((d, 1)) < 0.2] = 0.0
        calls = {
            "gd_step": [(W, X, y, 0.02), (W, X, y, 0.1, 0.7)],
            "prune_topk": [(W, k) for k in range(d + 1)],
            "soft_threshold": [(W, 0.0), (W, 0.5), (W, 9.0), (W[:, 0], 0.3), (X, 0.3)],
            "trimmed_l1_prox": [(W, 0.4, k) for k in range(d + 1)] + [(W, 0.0, 0)],
        }[name]
        for arguments in calls:
            copies = [np.copy(a) if isinstance(a, np.ndarray) else a for a in arguments]
            got = getattr(functions, name)(*copies)
            expected = getattr(reference_lab1, name)(*arguments)
            assert isinstance(got, np.ndarray)
            assert got.shape == expected.shape
            np.testing.assert_allclose(got, expected, rtol=TOLERANCE, atol=1e-5)
            for copy, argument in zip(copies, arguments, strict=True):
                np.testing.assert_array_equal(copy, argument)


@pytest.mark.parametrize("run", list_runs(load_assignment().lab1), ids=lambda run: f"{run.item}-{run.label}")
def test_trajectories_agree_with_the_reference(functions, run):
    problem = load_assignment().lab1
    got, _ = run_trajectory(run, problem, functions)
    expected = reference_run(run)
    if run.method == "l1":
        # Signs flip near zero and amplify rounding: the first steps, then the scale of a step.
        np.testing.assert_allclose(got[:5], expected[:5], atol=TOLERANCE)
        np.testing.assert_allclose(got, expected, atol=3 * 0.02 * run.strength)
    elif run.two_points and run.method in {"prune", "trimmed"}:
        # Columns 3 and 5 of the two points are negatives of each other, so W3 and W5 tie in magnitude
        # and either may be kept: every step is held against the definition from the run's own state.
        for before, after in pairwise(got):
            assert measure_step(run, problem.with_two_points(), before[:, None], after[:, None]) < TOLERANCE
    else:
        np.testing.assert_allclose(got, expected, atol=TOLERANCE)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("bit", [None, 0, 1, 2, 3, 4, 5, 6, 8])
def test_quantizers_agree_with_the_reference(functions, bit, dtype):
    generator = torch.Generator().manual_seed(3)
    tensors = [
        torch.randn(shape, generator=generator, dtype=dtype)
        for shape in ((64, 32, 3, 3), (7,), (5, 1), (1, 1))
    ]
    tensors += [tensors[0] * 0.01 - 3.0, torch.full((3, 2), -0.25, dtype=dtype)]
    for w in tensors:
        leaf = w.clone().requires_grad_()
        got = functions.STE.apply(leaf, bit)
        expected = reference_layers.STE.apply(w, bit)
        assert (got.dtype, got.shape, got.device) == (w.dtype, w.shape, w.device)
        level = (w.max() - w.min()) / (2 ** (bit or 1) - 1)
        beyond = (got - expected).abs() > 1e-3 * level + 1e-6
        if bit:
            position = (w - w.min()).double() / level.double().clamp(min=1e-300)
            # Either side of a tie is right, and a tie is known to a few spacings of the largest weight.
            tie = 1e-4 + 4 * torch.finfo(dtype).eps * float(w.abs().max() / level.clamp(min=1e-30))
            beyond &= ((position % 1) - 0.5).abs() > tie
        assert not beyond.any()
        assert torch.equal(leaf, w)
        upstream = torch.randn(w.shape, generator=generator, dtype=dtype)
        got.backward(upstream)
        assert torch.equal(leaf.grad, upstream)


def test_average_precisions_agree_with_the_reference(functions):
    def build(layers, widths):
        a, b, c = widths
        return nn.Sequential(
            layers.FP_Conv(3, 8, 3, Nbits=None, bias=False),
            nn.BatchNorm2d(8),
            nn.Sequential(
                layers.FP_Conv(8, 16, 3, Nbits=a, bias=True),
                nn.ReLU(),
                nn.Sequential(layers.FP_Conv(16, 4, 1, Nbits=b)),
            ),
            nn.Flatten(),
            layers.FP_Linear(4, 10, Nbits=c),
        )

    for widths in ((4, 4, 2), (2, 8, None), (None, None, None), (1, 3, 5), (0, 4, 6)):
        expected = reference_layers.avg_precision(build(reference_layers, widths))
        assert functions.avg_precision(build(functions, widths)) == pytest.approx(expected, abs=1e-6)
    lone = functions.FP_Linear(3, 2, Nbits=5)
    assert functions.avg_precision(lone) == pytest.approx(5.0)


def test_answers_are_readable_and_right():
    """The answers name every verdict; none is left empty."""
    key = dict(zip(range(1, 11), "FTFFTTTFFT", strict=True))
    answered = [submission for submission in RIGHT_SUBMISSIONS if submission.answers]
    assert len(answered) >= 5
    for submission in answered:
        answers = tomllib.loads(submission.answers.read_bytes().decode("utf-8-sig"))
        assert {name: entry["verdict"] for name, entry in answers["true_false"].items()} == {
            f"1.{number}": verdict for number, verdict in key.items()
        }
        assert answers["lab2"]["e"]["average_442"] == pytest.approx(2.5988, abs=1e-3)
