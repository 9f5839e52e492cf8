"""A worker may send any value that travels: whatever it sends, no check becomes an error of ours."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from grader.grading_run import load_settings
from grader.outcomes import Outcome
from grader.suites.grading import Grading
from grader.suites.plugin import run_suites
from grader.wire import Opaque

SETTINGS = load_settings()

LEAVES = {
    "nothing": None,
    "truth": True,
    "integer": 7,
    "integer of a thousand digits": 10**1000,
    "negative integer": -1,
    "float": 2.5,
    "infinity": float("inf"),
    "not a number": float("nan"),
    "complex": 1 + 2j,
    "text": "x" * 10_000,
    "text of marks": "\x1b[31m\u202e\n",
    "bytes": b"\0" * 100,
    "empty list": [],
    "nested lists": [[[]], [1, [2.0]]],
    "empty dict": {},
    "dict of other keys": {1: 2, (3,): None},
    "dict of the right keys": dict.fromkeys(("wq", "w_after", "gradient")),
    "marker": Opaque("numpy.matrix"),
    "scalar of NumPy": np.float32(1.5),
    "truth of NumPy": np.bool_(True),  # noqa: FBT003
    "complex of NumPy": np.complex128(1j),
    "empty array": np.empty((0,)),
    "array without dimensions": np.array(1.0),
    "column": np.ones((5, 1)),
    "column of truths": np.ones((5, 1), dtype=bool),
    "column of complex numbers": np.ones((5, 1), dtype=complex),
    "column of bytes": np.ones((5, 1), dtype=np.uint8),
    "column of half floats": np.ones((5, 1), dtype=np.float16),
    "column of infinities": np.full((5, 1), np.inf),
    "column of NaN": np.full((5, 1), np.nan),
    "run": np.zeros((201, 5)),
    "run of infinities": np.full((201, 5), np.inf),
    "run of half floats": np.zeros((201, 5), dtype=np.float16),
    "sixteen dimensions": np.ones((1,) * 16),
    "tensor": torch.ones(5, 1),
    "tensor that wants a gradient": torch.ones(5, 1, requires_grad=True),
    "one number that wants a gradient": torch.tensor(2.0, requires_grad=True),
    "short tensor": torch.ones(1, dtype=torch.bfloat16),
    "complex tensor": torch.ones(5, dtype=torch.complex64),
    "tensor of truths": torch.ones(5, dtype=torch.bool),
    "tensor without dimensions": torch.tensor(float("nan")),
}
LIKE = {  # made to the form of what was sent, so that forms are right and values are not
    "wants a gradient": lambda w: w.clone().requires_grad_(),
    "infinite": lambda w: torch.full_like(w, torch.inf),
    "not a number": lambda w: torch.full_like(w, torch.nan),
    "huge": lambda w: torch.full_like(w, 3e38),
    "double": torch.Tensor.double,
    "bfloat16": lambda w: w.to(torch.bfloat16),
    "integers": lambda w: w.to(torch.int64),
}


class Forger:
    """A session whose worker answers every probe with what a test chose."""

    def __init__(self, answer):
        self.load = SimpleNamespace(seconds=0.0, errors=(), functions={})
        self._answer = answer

    def probe(self, name, **arguments):
        """Answer a probe."""
        return self._answer(name, arguments)

    def close(self):
        """Nothing is open."""


def run_forged(answer):
    """Run all hidden checks on a forger; return outcomes of the checks of code that are errors or passed."""
    assembly = SimpleNamespace(units=(), missing={})
    assembly.only = lambda _: assembly
    grading = Grading(
        assembly=assembly,
        open_session=lambda _: Forger(answer),
        problem=SETTINGS.assignment.lab1,
        schemes=SETTINGS.assignment.mixed_schemes,
        seed=5,
        answers={},
        key=dict(SETTINGS.key.values),
        has_report=False,
        evaluate_formula=lambda **_: {"status": "unreadable", "message": ""},
    )
    checks = [check for check in run_suites(grading, SETTINGS.rubric) if check.function]
    assert len(checks) > 20
    errors = {check.name: check.rationale for check in checks if check.outcome is Outcome.ERROR}
    return errors, [check.name for check in checks if check.outcome is Outcome.PASSED]


def frame(leaf, name, arguments):
    """Put a leaf where the probe of that name puts values."""
    if name == "call_many":
        return [(leaf, [leaf] * len(call)) for call in arguments["calls"]]
    if name == "call_each":
        return [leaf] * len(arguments["weights"])
    if name == "quantize_many":
        return [dict.fromkeys(("wq", "w_after", "gradient"), leaf) for _ in arguments["cases"]]
    if name == "average_precision":
        return [leaf] * len(arguments["networks"])
    return leaf


@pytest.mark.parametrize("name", LEAVES)
def test_a_forged_value_in_a_proper_reply_is_a_wrong_answer(name):
    """No error of ours, and no point: none of these is an answer to the random inputs."""
    errors, passed = run_forged(lambda probe, arguments: frame(LEAVES[name], probe, arguments))
    assert errors == {}
    assert passed == []


STACKED = {  # what may come in place of one array of answers
    "not a number": lambda weights: np.full(weights.shape, np.nan),
    "infinite": lambda weights: np.full(weights.shape, -np.inf),
    "huge": lambda weights: np.full(weights.shape, 1e300),
    "unchanged": np.copy,
    "truths": lambda weights: weights > 0,
    "complex": lambda weights: weights + 1j,
    "integers": lambda weights: weights.astype(np.int8),
    "half precision": lambda weights: weights.astype(np.float16),
    "too few": lambda weights: weights[:-1],
    "rows": lambda weights: weights[:, :, 0],
    "one more dimension": lambda weights: weights[None],
    "a single number": lambda _: np.float64(1.0),
    "texts": lambda weights: ["wrong"] * len(weights),
}


@pytest.mark.parametrize("name", STACKED)
def test_a_forged_stack_of_answers_is_a_wrong_answer(name):
    """No error of ours, and no point, whatever its dtype, shape and numbers."""

    def answer(probe, arguments):
        return STACKED[name](arguments["weights"]) if probe == "call_each" else frame(None, probe, arguments)

    errors, passed = run_forged(answer)
    assert errors == {}
    assert passed == []


@pytest.mark.parametrize(
    "name", ["nothing", "text", "nested lists", "dict of the right keys", "marker", "run", "tensor"]
)
def test_a_reply_of_another_form_is_refused(name):
    """The student's code shares a process with our probes and may answer in their place."""
    errors, passed = run_forged(lambda *_: LEAVES[name])
    assert errors == {}
    assert passed == []


@pytest.mark.parametrize("count", [0, 1, 10_000])
def test_a_reply_of_another_length_is_refused(count):
    """Too few answers, and too many."""
    errors, passed = run_forged(lambda *_: [dict.fromkeys(("wq", "w_after", "gradient"))] * count)
    assert errors == {}
    assert passed == []


@pytest.mark.parametrize("name", LIKE)
def test_tensors_of_the_right_form_and_hostile_values_are_wrong_answers(name):
    """Weights that want a gradient, are infinite or of another type."""

    def answer(probe, arguments):
        if probe != "quantize_many":
            return None
        replies = [LIKE[name](arguments["weights"][case[0]]) for case in arguments["cases"]]
        return [dict.fromkeys(("wq", "w_after", "gradient"), reply) for reply in replies]

    errors, passed = run_forged(answer)
    assert errors == {}
    assert not {"lab2.a.levels", "lab2.a.layers"} & set(passed)
