"""Quantizers that attack only while they are trained with: they gain nothing, the next loses nothing."""

import time

import pytest

from tests.lab2.test_training_in_grading import RIGHT, make_source

pytestmark = pytest.mark.slow
FORGED = """import sys, numpy
        module = sys.modules["student.given.short_training"]
        module.train_steps = lambda *_, **__: {reply}"""
# Each runs where a gradient will be wanted: not while the weights are quantized for an evaluation.
ATTACKS = {
    "exits": "import os; os._exit(0)",
    "asks to exit": "raise SystemExit(0)",
    "says it is no work yet": "raise type('NotImplementedError', (BaseException,), {})('later')",
    "floods": "print('x' * (1 << 27), flush=True)",
    "waits": "import time; time.sleep(600)",
    "starts threads": "import threading as t\n        while True: t.Thread(target=t.Event().wait).start()",
    "takes no step": "torch.optim.SGD.step = lambda *_, **__: None",
    "has no loss": "torch.nn.functional.cross_entropy = lambda *_, **__: torch.zeros((), requires_grad=True)",
    "makes weights infinite": "w.data.mul_(float('inf'))",
    "forges nothing": FORGED.format(reply="None"),
    "forges values of other kinds": FORGED.format(
        reply='{"losses": "0", "quantized": 1, "weights": {"a": numpy.zeros(3)}, "momenta": []}'
    ),
    "forges too much": FORGED.format(reply='{"weights": {"a": numpy.zeros(1 << 27)}}'),
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_an_attack_in_training_gains_nothing(train, attack):
    """It is not called right, it ends in time, and it says in words what was found."""
    began = time.monotonic()
    found = train(make_source(f"if ctx.needs_input_grad[0]:\n        {attack}"), patience=15.0)
    assert found.right is not True, found.words
    assert found.words
    assert "are right" not in found.words
    assert time.monotonic() - began < 60
    assert found.as_dict()["words"] == found.words
    assert found.tabulate("few images")


def test_after_all_of_them_a_right_quantizer_is_right(train):
    """In the same sandbox, after workers that were killed, flooded and patched."""
    assert train(RIGHT, finetunes=()).right is True
