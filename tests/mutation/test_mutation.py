"""The mutants of the reference: those that are right are proven so, the others lose points."""

import random
import warnings
from itertools import combinations
from types import ModuleType

import numpy as np
import pytest
import torch
from torch import nn

import reference.FP_layers as reference_layers
import reference.lab1 as reference_lab1
from tests.bank.paths import FUNCTIONS
from tests.mutation.equivalent import Equality, list_equivalent
from tests.mutation.generate import list_all_mutants
from tests.mutation.kill import grade_mutant

EQUIVALENT = list_equivalent()
MUTANTS = {mutant.key: mutant for mutant in list_all_mutants()}
SAMPLE = 14
EPS = float(np.finfo(np.float64).eps)


def load(mutant):
    """Load a mutant's module in this process: the mutants here are right ones of our own."""
    text = mutant.lab1 if hasattr(reference_lab1, mutant.function) else mutant.layers
    module = ModuleType("mutant")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # `bit is 0` is a mutant
        exec(compile(text, "mutant", "exec"), vars(module))
    return module


def draw_weights(rng):
    """Draw a column of a random length and scale, often with zeros or equal magnitudes."""
    W = rng.normal(scale=10.0 ** rng.uniform(-4, 4), size=(int(rng.integers(2, 9)), 1))
    kind = rng.integers(3)
    if kind == 1:
        W[rng.random(W.shape) < 0.4] = 0.0
    if kind == 2:
        W = rng.integers(-2, 3, size=W.shape) * abs(W[0, 0])
    return W


def draw_arguments(function, rng):
    """Draw what the docstring allows."""
    W = draw_weights(rng)
    threshold = float(rng.choice([0.0, abs(W).mean(), rng.exponential(), abs(W[0, 0])]))
    k = int(rng.integers(1, len(W)))
    if function == "gd_step":
        n = int(rng.integers(1, 9))
        X, y = rng.normal(size=(n, len(W))), rng.normal(size=(n, 1))
        l1 = float(rng.choice([0.0, rng.exponential()]))
        return (W, X, y, float(rng.uniform(0.001, 0.5)), l1)
    if function == "soft_threshold":
        shape = [W.shape, (len(W),), (1, len(W)), ()][rng.integers(4)]
        return (W if shape else W[:1]).reshape(shape) if shape else np.array(W[0, 0]), threshold
    return (W, k) if function == "prune_topk" else (W, threshold, k)


def is_right_choice(function, arguments, got):
    """Tell whether a result is right for some choice of k entries of largest magnitude."""
    W, k = arguments[0], arguments[-1]
    others = 0 * W if function == "prune_topk" else reference_lab1.soft_threshold(W, arguments[1])
    magnitudes = np.abs(W[:, 0])
    for chosen in map(list, combinations(range(len(W)), k)):
        rest = np.delete(magnitudes, chosen).max()
        if magnitudes[chosen].min() >= rest - 2 * EPS * max(1.0, rest):
            expected = others.copy()
            expected[chosen] = W[chosen]
            if np.array_equal(got, expected):
                return True
    return False


def compare_lab1(function, right, mutant, equality):
    rng = np.random.default_rng(13)
    for _ in range(1000):
        arguments = draw_arguments(function, rng)
        before = [np.copy(a) for a in arguments]
        got, expected = getattr(mutant, function)(*arguments), right(*arguments)
        assert type(got) is type(expected)
        if equality is Equality.TIES:
            assert is_right_choice(function, arguments, got), arguments
        else:
            assert (got.shape, got.dtype) == (expected.shape, expected.dtype)
            allowed = 0.0 if equality is Equality.SAME else 8 * EPS * (np.abs(expected) + 1)
            assert np.all(np.abs(got - expected) <= allowed), arguments
        assert all(np.array_equal(a, b) for a, b in zip(arguments, before, strict=True))


def list_tensors(rng, dtype):
    for shape in ((), (1,), (7,), (5, 3), (4, 3, 3, 3)):
        for scale, shift in ((1.0, 0.0), (1e-3, 5.0), (1e3, -4e3)):
            yield torch.tensor(rng.normal(shift, scale, size=shape), dtype=dtype)
        yield torch.full(shape, float(rng.normal()), dtype=dtype)
        yield torch.zeros(shape, dtype=dtype)
    yield torch.arange(8, dtype=dtype)  # exact halves


def compare_quantizer(mutant, equality):
    rng = np.random.default_rng(13)
    for dtype in (torch.float32, torch.float64):
        for w in list_tensors(rng, dtype):
            for bit in (None, 0, 1, 2, 3, 4, 6, 8, 16):
                leaf = w.clone().requires_grad_()
                got, expected = mutant.STE.apply(leaf, bit), reference_layers.STE.apply(w, bit)
                assert (got.dtype, got.shape) == (w.dtype, w.shape)
                if equality is Equality.SAME:
                    assert torch.equal(got, expected)
                else:
                    # A weight at an exact half may go to either level.
                    slack = (
                        16
                        * torch.finfo(dtype).eps
                        * (2.0 ** (bit or 0) * (w.max() - w.min()) + w.abs().max())
                    )
                    step = (w.max() - w.min()) / (2 ** (bit or 1) - 1)
                    assert torch.all((got - w).abs() <= step / 2 + slack)
                    apart = (got - expected).abs()
                    assert torch.all((apart <= slack) | ((apart - step).abs() <= slack))
                upstream = torch.linspace(-1, 1, max(w.numel(), 1), dtype=dtype)[: w.numel()].reshape(w.shape)
                got.backward(upstream)
                assert torch.equal(leaf.grad, upstream)
                assert torch.equal(leaf.detach(), w)


def build_networks(layers):
    for a, b, c in ((4, 4, 2), (2, None, 6), (5, 0, 3), (None, None, None), (32, 1, 8)):
        yield nn.Sequential(
            layers.FP_Conv(3, 6, 3, Nbits=a, bias=False),
            nn.BatchNorm2d(6),
            nn.Conv2d(6, 4, 3),
            nn.Sequential(layers.FP_Conv(4, 8, 3, Nbits=b), nn.Sequential(layers.FP_Conv(8, 9, 1))),
            layers.FP_Linear(9, 20, Nbits=c),
        )
    yield layers.FP_Linear(2, 3, Nbits=7)


def test_every_listed_mutant_is_generated():
    """The list names nothing that is not tried."""
    assert set(EQUIVALENT) - set(MUTANTS) == set()


@pytest.mark.parametrize("key", EQUIVALENT, ids=lambda key: f"{key[0]}: {key[2]}")
def test_listed_mutant_is_right_for_its_reason(key):
    """On every input that the docstring allows, the answer is as right as the reference's."""
    torch.set_num_threads(1)
    function, equality = key[0], EQUIVALENT[key].equality
    mutant = load(MUTANTS[key])
    if function == "STE":
        compare_quantizer(mutant, equality)
    elif function == "avg_precision":
        for got, expected in zip(build_networks(mutant), build_networks(reference_layers), strict=True):
            value = mutant.avg_precision(got)
            assert type(value) is float
            assert value == reference_layers.avg_precision(expected)
    else:
        compare_lab1(function, getattr(reference_lab1, function), mutant, equality)


def test_every_operator_constant_comparison_and_index_is_mutated():
    """Each solution has mutants of every kind that its text allows."""
    kinds = {function: {m.kind for m in MUTANTS.values() if m.function == function} for function in FUNCTIONS}
    for function in FUNCTIONS:
        assert {"name", "value", "call"} <= kinds[function]
    assert "operator" in kinds["gd_step"] & kinds["STE"] & kinds["avg_precision"] & kinds["soft_threshold"]
    assert "index" in kinds["prune_topk"] & kinds["trimmed_l1_prox"]
    assert "comparison" in kinds["STE"] & kinds["avg_precision"]
    assert all("constant" in found for found in kinds.values())
    texts = [(m.lab1, m.layers) for m in MUTANTS.values()]
    assert len(set(texts)) == len(texts)


@pytest.mark.slow
def test_sample_of_mutants_loses_points(patient_sandbox, settings):
    """A mutant that is not right loses an automatic point of its function; `make mutation` tries all."""
    wrong = [key for key in MUTANTS if key not in EQUIVALENT]
    chosen = random.Random(4).sample(wrong, SAMPLE)
    survived = [
        str(MUTANTS[key])
        for key in chosen
        if not grade_mutant(MUTANTS[key], patient_sandbox, settings, seeds=(590,)).is_killed
    ]
    assert not survived
