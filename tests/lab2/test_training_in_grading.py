"""Training with a submission's quantizer in a worker: right, wrong, hanging, greedy, on one device only."""

import time
from dataclasses import replace

import pytest

from grader import trained
from grader.grade import load_handout
from grader.lab2.statistics import StepVerdict
from grader.trained import Trained
from tests.bank.mistakes import list_mistakes, replace_function
from tests.lab2.quantizers import REFERENCE

pytestmark = pytest.mark.slow
RIGHT = REFERENCE.read_text(encoding="utf-8")
FORWARD = """def forward(ctx, w, bit):
    {first}
    if bit is None:
        return w.clone()
    if bit == 0:
        return torch.zeros_like(w)
    n, beta, alpha = 2**bit - 1, w.min(), w.max() - w.min()
    return alpha * torch.round((w - beta) / alpha * n) / n + beta
"""


def make_source(first):
    return replace_function(RIGHT, "STE", FORWARD.format(first=first))


def test_a_right_quantizer_takes_right_steps_and_recovers(train):
    found = train(RIGHT)
    assert found.right is True, found.words
    assert [(bits, after) for bits, after, _ in found.steps] == [(4, 0), (3, 0), (2, 0)]
    ((finetune, before, band),) = found.finetunes
    assert (finetune.steps, finetune.first_losses, band) == (7, 0.0, None)
    assert 0.0 <= before <= 1.0
    record = found.as_dict()
    assert record["verdict"] == "right"
    assert record["finetunes"][0]["after"] == finetune.accuracy
    assert record["thresholds"]["gradient"] == 0.01
    titles = [table["title"] for table in found.tabulate("few images")]
    assert len(titles) == 2
    assert "few images" in titles[0]


def test_a_wrong_gradient_is_named_though_its_codes_are_right(train):
    mistake = next(m for m in list_mistakes() if str(m) == "STE.no_straight_through")
    found = train(replace_function(RIGHT, "STE", mistake.source), finetunes=())
    assert found.right is False
    assert found.verdict == StepVerdict.NO_GRADIENT
    assert "3 of 3 single steps are wrong" in found.words


def test_a_training_that_hangs_loses_only_itself(train):
    began = time.monotonic()
    found = train(make_source("while bit: pass"), patience=3.0)
    assert found.right is None
    assert "did not end within 3 s" in found.words
    assert "busy machine" in found.words
    assert time.monotonic() - began < 30


def test_a_training_that_eats_memory_loses_only_itself(train):
    found = train(make_source("kept = torch.zeros(1 << 29)"))
    assert found.right is None
    assert "ran out of memory" in found.words


def test_a_training_that_the_kernel_ends_for_memory_is_our_fault(train, kill_for_memory):
    """The machine has none left: the steps are taken to be neither right nor wrong."""
    kill_for_memory(lambda name, _: name == "train_steps")
    found = train(RIGHT)
    assert found.right is None
    assert "our fault: the kernel killed the worker of a training step with STE.forward" in found.words


def test_a_training_that_ends_its_process_loses_only_itself(train):
    found = train(make_source("import os; os._exit(3)"))
    assert "ended its process" in found.words


def test_a_quantizer_that_asks_for_a_gpu_is_told_so(train):
    found = train(make_source("w = w.cuda()"))
    assert found.right is None
    assert "works on a GPU only" in found.words


def test_a_stub_has_no_quantizer_to_train_with(train):
    found = train(load_handout()["FP_layers"])
    assert found == Trained("there is no quantizer to train with")
    assert found.tabulate("")[0]["rows"] == [[found.words]]


def test_no_time_left_is_said(train):
    found = train(RIGHT, seconds=1.0)
    assert "used up the time" in found.words
    assert found.right is None


def test_a_piece_that_is_no_training_is_left_to_the_judge(lab2):
    """The worker's values are the student's: whatever comes back, nothing is sent on unseen."""
    replies = iter([None, {"losses": "x"}, {"losses": [], "weights": {}, "momenta": 3}])
    for name in ("bits_2", "bits_3", "bits_4"):
        (found,) = lab2.finetune_shortly(lambda *_, **__: next(replies), (name,))
        assert found.accuracy is None


def test_incomplete_steps_are_not_right_but_may_be_wrong():
    good = short_step(0.0)
    assert Trained("", ((4, 0, good),)).right is None
    assert Trained("", ((4, 0, good), (3, 0, short_step(0.5)))).right is False


def short_step(codes):
    return replace(trained.statistics.UNUSABLE, codes=codes, gradient=0, inner_gradient=0, update=0, loss=0)
