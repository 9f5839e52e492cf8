"""Every known mistake is a mistake: it differs from the definition where its items are earned."""

import warnings
from collections import Counter
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

import reference.FP_layers as reference_layers
import reference.lab1 as reference_lab1
from student.given.problem import load_assignment
from student.given.trajectories import list_runs, run_trajectory, take_step
from tests.bank.definitions import measure_step
from tests.bank.loading import loaded
from tests.bank.mistakes import list_mistakes, write_submission
from tests.bank.paths import FUNCTIONS, LAB1_FUNCTIONS

MISTAKES = list_mistakes()
# The mistake is larger than the rounding of float32 answers, which pass.
VISIBLE = 1e-3


@pytest.fixture(params=MISTAKES, ids=str)
def wrong(request, tmp_path):
    torch.set_num_threads(1)
    with loaded(write_submission(request.param, tmp_path), tmp_path) as functions:
        yield request.param, functions


def differs(got, expected):
    """Tell whether a value is not the expected one in kind, shape, type or numbers."""
    if type(got) is not type(expected) or getattr(got, "dtype", None) != getattr(expected, "dtype", None):
        return True
    if np.shape(got) != np.shape(expected):
        return True
    if isinstance(got, torch.Tensor):
        got, expected = got.detach().numpy(), expected.detach().numpy()
    return not np.allclose(got, expected, rtol=VISIBLE, atol=VISIBLE * 1e-2, equal_nan=False)


def call_differs(wrong, right, arguments):
    """Tell whether a call answers differently, fails, or writes into its arguments."""
    copies = [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            got = wrong(*copies)
    except Exception:  # noqa: BLE001 - whatever a wrong function raises, it differs
        return True
    changed = any(
        isinstance(a, np.ndarray) and not np.array_equal(a, c) for a, c in zip(arguments, copies, strict=True)
    )
    return changed or differs(got, right(*arguments))


def lab1_calls(function):
    generator = np.random.default_rng(11)
    for n, d in ((3, 5), (4, 3), (2, 7), (3, 5)):
        W, X, y = (generator.normal(scale=3, size=shape) for shape in ((d, 1), (n, d), (n, 1)))
        W[0] = 0.0
        tied = np.sign(W) * 2.0
        k = d // 2
        yield from {
            "gd_step": [(W, X, y, 0.03), (W, X, y, 0.03, 1.5)],
            "prune_topk": [(W, k), (W, d - 1), (tied, k)],
            "soft_threshold": [(W, 0.4), (W, 1.5)],
            "trimmed_l1_prox": [(W, 0.4, k), (W, 1.5, d - 1), (W, 2.5, k)],
        }[function]


def tensors():
    generator = torch.Generator().manual_seed(5)
    for shape in ((8, 4, 3, 3), (30,), (6, 5)):
        for scale, shift in ((1.0, 0.0), (0.05, -0.3)):
            yield torch.randn(shape, generator=generator) * scale + shift
    yield torch.full((3, 2), 0.7)


def quantizer_differs(STE):
    for w in tensors():
        for bit in (None, 0, 1, 2, 4, 8):
            leaf = w.clone().requires_grad_()
            upstream = torch.linspace(-2, 2, w.numel()).reshape(w.shape)
            try:
                got = STE.apply(leaf, bit)
                got.backward(upstream.to(got.dtype))
            except Exception:  # noqa: BLE001 - the same for a wrong quantizer
                return True
            if differs(got, reference_layers.STE.apply(w, bit)) or not torch.equal(leaf.detach(), w):
                return True
            if leaf.grad is None or differs(leaf.grad, upstream):
                return True
    return False


def networks(layers):
    for widths in ((4, 4, 2), (2, None, 6), (5, 0, 3)):
        a, b, c = widths
        yield nn.Sequential(
            layers.FP_Conv(3, 6, 3, Nbits=None, bias=False),
            nn.BatchNorm2d(6),
            nn.Conv2d(6, 4, 3),
            nn.Sequential(layers.FP_Conv(4, 8, 3, Nbits=a), nn.Sequential(layers.FP_Conv(8, 9, 1, Nbits=b))),
            layers.FP_Linear(9, 20, Nbits=c),
        )


def test_there_are_mistakes_of_every_function():
    counts = Counter(mistake.function for mistake in MISTAKES)
    assert set(counts) == set(FUNCTIONS)
    assert min(counts.values()) >= 12
    assert len({str(mistake) for mistake in MISTAKES}) == len(MISTAKES)
    assert all(mistake.says.endswith(".") for mistake in MISTAKES)


def test_the_rest_of_the_submission_is_right(wrong):
    mistake, functions = wrong
    for name in LAB1_FUNCTIONS:
        if name != mistake.function:
            for arguments in lab1_calls(name):
                assert not call_differs(getattr(functions, name), getattr(reference_lab1, name), arguments)
    if mistake.function != "STE":
        assert not quantizer_differs(functions.STE)
    if mistake.function != "avg_precision":
        for got, expected in zip(networks(functions), networks(reference_layers), strict=True):
            assert functions.avg_precision(got) == pytest.approx(reference_layers.avg_precision(expected))


def test_the_mistake_is_wrong(wrong):
    mistake, functions = wrong
    name = mistake.function
    if name in LAB1_FUNCTIONS:
        calls = list(lab1_calls(name))
        if name == "gd_step":
            plain = [arguments for arguments in calls if len(arguments) == 4]
            seen = [call_differs(functions.gd_step, reference_lab1.gd_step, a) for a in 6 * plain]
            assert any(seen) == ("lab1.b" in mistake.items)
        # A cache or a counter answers rightly at first: what matters is the sequence.
        seen = [call_differs(getattr(functions, name), getattr(reference_lab1, name), a) for a in 6 * calls]
        assert any(seen)
    elif name == "STE":
        assert quantizer_differs(functions.STE)
    else:
        pairs = zip(networks(functions), networks(reference_layers), strict=True)
        assert any(differs(functions.avg_precision(g), reference_layers.avg_precision(e)) for g, e in pairs)


@pytest.mark.parametrize("mistake", [m for m in MISTAKES if m.function in LAB1_FUNCTIONS], ids=str)
def test_the_two_point_run_shows_it_where_the_bonus_must_be_lost(mistake, tmp_path):
    """lab1.g is among the lost items exactly where a step of its run, after a right gradient, is wrong."""
    problem = load_assignment().lab1
    (run,) = [run for run in list_runs(problem) if run.two_points and run.function == mistake.function]
    with loaded(write_submission(mistake, tmp_path), tmp_path) as functions:
        mixed = SimpleNamespace(**{name: getattr(reference_lab1, name) for name in LAB1_FUNCTIONS})
        setattr(mixed, mistake.function, getattr(functions, mistake.function))
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                states, _ = run_trajectory(run, problem, mixed)
                shape = np.shape(take_step(run, problem.with_two_points(), problem.initial.copy(), mixed))
        except Exception:  # noqa: BLE001 - whatever a wrong function raises, it shows
            states, shape = None, None
    shown = states is None or shape != problem.initial.shape
    if not shown:
        shown = any(
            measure_step(run, problem.with_two_points(), before[:, None], after[:, None]) > VISIBLE * 1e-2
            for before, after in pairwise(states)
        )
    assert shown == ("lab1.g" in mistake.items)
