"""The bank of known mistakes: each is named, by the grader and by the handout, and never another."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import reference.FP_layers
from grader.mistakes import FUNCTIONS, Call, diagnose, mistakes_of
from grader.mistakes.bank import classify
from grader.mistakes.diagnosis import compute, right_function
from grader.mistakes.networks import describe_network, right_average
from grader.mistakes.publish import render_checks
from reference.FP_layers import FP_Conv, FP_Linear
from student.given.checks import check_function
from student.given.checks_data import PATH
from student.given.student_code import FoundFunction

MISTAKES = [mistake for function in FUNCTIONS for mistake in mistakes_of(function)]


@pytest.fixture(params=MISTAKES, ids=lambda mistake: mistake.id)
def mistake(request):
    return request.param


def complete(mistake):
    """Make the mistake in its own case only: at an edge the rest of the function is right."""
    right = right_function(mistake.function)

    def function(*args, **kwargs):
        here = classify(mistake.function, args, kwargs)
        return (mistake.compute if mistake.case in {"plain", here} else right)(*args, **kwargs)

    return function


def as_student_function(function, wrong):
    """Wrap a mistake so that it is called as a student's function is."""
    if function == "STE.forward":
        return SimpleNamespace(apply=lambda w, bit: wrong(None, w, bit))
    if function == "avg_precision":
        return lambda net: wrong(describe_network(net))
    return wrong


def check_with(function, wrong):
    """Run the public checks on a function given as a value."""
    name = "STE" if function == "STE.forward" else function
    value = as_student_function(function, wrong)
    return check_function(FoundFunction(name, "lab1.py", "written", value, "", reference.FP_layers))


def draw_calls(function, case, rng):
    """Draw inputs as a hidden test would."""
    return [_draw(function, "plain", rng) for _ in range(8)] + [_draw(function, case, rng) for _ in range(3)]


def _weights(rng, d):
    return rng.normal(scale=1.5, size=(d, 1))


def _draw(function, case, rng):
    d, n = int(rng.choice([4, 5, 5, 7])), int(rng.integers(2, 6))
    W = _weights(rng, d)
    if function == "gd_step":
        if case == "zero_weights":
            W[0] = 0.0
        lr = float(rng.uniform(0.05, 0.2))
        return (W, rng.normal(size=(n, d)), rng.normal(size=(n, 1)), lr), {"l1": float(rng.uniform(1, 3))}
    if function in {"prune_topk", "trimmed_l1_prox"}:
        k = 0 if case == "k_zero" else int(rng.integers(1, d - 1))
        if case == "ties":
            W[:3], k = float(np.abs(W).max()) + 0.25, 2
        return ((W, k) if function == "prune_topk" else (W, float(rng.uniform(0.3, 0.9)), k)), {}
    if function == "soft_threshold":
        return (W, float(rng.uniform(0.3, 0.9))), {}
    if function == "STE.forward":
        w = torch.tensor(rng.uniform(-0.8, 1.6, size=(d, 3)) + rng.uniform(-1, 2), dtype=torch.float32)
        w[1, 1] += 4.0
        bit = {"no_bits": None, "zero_bits": 0}.get(case, int(rng.integers(2, 9)))
        return (torch.full_like(w, 0.625) if case == "constant" else w, bit), {}
    return (_draw_network(case, rng),), {}


def _draw_network(case, rng):
    def bits():
        return [None, *range(1, 10)][rng.integers(10)]

    a, b, c = (int(size) for size in rng.integers(2, 9, size=3))
    first = 0 if case == "zero_bit_layers" else bits()
    block = torch.nn.Sequential(
        FP_Conv(a, b, 1, Nbits=bits()), torch.nn.BatchNorm2d(b), FP_Conv(b, c, 3, Nbits=bits())
    )
    head = [FP_Conv(3, a, 3, Nbits=first, bias=True), torch.nn.BatchNorm2d(a), block]
    return torch.nn.Sequential(*head, FP_Linear(c, 5, Nbits=bits()), torch.nn.Linear(5, 5), FP_Linear(5, 4))


def observe(function, wrong, calls):
    """Call a function as the worker would and keep what comes back."""
    observed = []
    for args, kwargs in calls:
        taken = (describe_network(args[0]),) if function == "avg_precision" else args
        taken = (None, *taken) if function == "STE.forward" else taken
        observed.append(Call(args, kwargs, compute(wrong, taken, kwargs)))
    return observed


def test_the_bank_is_large():
    """At least 40 mistakes are known, and no two share an id."""
    assert len({mistake.id for mistake in MISTAKES}) == len(MISTAKES) >= 40


def flatten(value, path=()):
    """Return the plain values of nested JSON by where they stand."""
    if isinstance(value, dict | list):
        entries = value.items() if isinstance(value, dict) else enumerate(value)
        return {at: plain for key, inner in entries for at, plain in flatten(inner, (*path, key)).items()}
    return {path: value}


def test_the_handout_table_is_up_to_date():
    """`checks.json` is what ``python -m grader.mistakes.publish`` writes.

    But for the last digits of products: their sums have another order in another NumPy.
    """
    stored = flatten(json.loads(PATH.read_text(encoding="utf-8")))
    fresh = flatten(json.loads(render_checks()))
    assert stored.keys() == fresh.keys()
    for at, value in fresh.items():
        expected = pytest.approx(value, rel=1e-12, abs=1e-12) if isinstance(value, float) else value
        assert stored[at] == expected, at


def test_the_handout_table_names_no_mistake_in_plain_text():
    """Nothing that is said about a mistake can be read without having made it."""
    text = PATH.read_text(encoding="utf-8")
    for mistake in MISTAKES:
        assert mistake.id not in text
        assert mistake.why not in text
        assert mistake.hint not in text


def test_hw4_check_names_every_mistake(mistake):
    """The public checks of the handout say what is wrong, in the bank's words."""
    report = check_with(mistake.function, complete(mistake))
    whys = [outcome.why for outcome in report.outcomes if not outcome.passed]
    assert report.state == "failed"
    assert whys[0] in {mistake.why, "the result is the same whatever the inputs"}


def test_the_grader_names_every_mistake_on_random_inputs(mistake):
    """From random calls the grader names the mistake, or it and one that cannot be told apart."""
    rng = np.random.default_rng(7)
    calls = draw_calls(mistake.function, mistake.case, rng)
    named = diagnose(mistake.function, observe(mistake.function, complete(mistake), calls))
    assert named is not None
    assert mistake.why in named.why or named.id == "general.constant"


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(
    "case", ["plain", "zero_weights", "k_zero", "ties", "no_bits", "zero_bits", "constant"]
)
def test_the_right_answer_is_no_mistake(function, case):
    """Nothing is named where the values are right."""
    calls = draw_calls(function, case, np.random.default_rng(5))
    assert diagnose(function, observe(function, right_function(function), calls)) is None


@pytest.mark.parametrize("function", FUNCTIONS)
def test_values_of_nobody_are_not_named(function):
    """Wrong values that no known mistake gives stay without a name."""
    rng = np.random.default_rng(11)
    calls = draw_calls(function, "plain", rng)
    observed = [
        call._replace(got=call.got + 0.1 + 0.3 * rng.random())
        for call in observe(function, right_function(function), calls)
    ]
    assert diagnose(function, observed) is None


def test_one_agreeing_call_is_not_enough():
    """A single wrong value names no mistake: several random inputs must agree."""
    call = draw_calls("gd_step", "plain", np.random.default_rng(3))[:1]
    wrong = next(mistake for mistake in MISTAKES if mistake.id == "gd_step.no_factor_two").compute
    assert diagnose("gd_step", observe("gd_step", wrong, call)) is None


def test_two_slips_at_once_are_not_named_as_one():
    """A step that climbs and also lacks the factor 2 is none of the known mistakes."""
    calls = draw_calls("gd_step", "plain", np.random.default_rng(4))
    both = observe("gd_step", lambda W, X, y, lr, l1=0.0: W + lr * X.T @ (X @ W - y), calls)
    assert diagnose("gd_step", both) is None


def test_inputs_that_were_overwritten_are_named():
    """Right values with a changed argument are named as writing in place."""
    calls = draw_calls("prune_topk", "plain", np.random.default_rng(6))
    observed = [
        call._replace(args_after=(call.got, call.args[1]))
        for call in observe("prune_topk", right_function("prune_topk"), calls)
    ]
    assert diagnose("prune_topk", observed).id == "general.writes_in_place"


def test_a_network_is_described_by_its_layers():
    """The description of a network gives the average of the reference."""
    net = _draw_network("plain", np.random.default_rng(8))
    assert right_average(describe_network(net)) == reference.FP_layers.avg_precision(net)
