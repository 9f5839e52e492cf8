"""The verification of Lab 2 from end to end, with the probes run in this process."""

import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest

from grader.errors import UsageError
from grader.lab2.bands import Band, add_bands, find_band, list_protocol_bands, read_bands
from grader.lab2.claims import Verdict
from grader.lab2.pretraining import initialize_weights, pretrain
from grader.lab2.short_finetune import judge_short_finetune, measure_short_bands
from grader.lab2.statistics import StepVerdict
from grader.lab2.verification import Lab2Verification
from grader.worker.probes import PROBES
from reference import FP_layers
from student.given.augmentation import ResidentImages
from student.given.pretrained import load_embedded_weights
from student.given.training import Recipe
from tests.lab2.quantizers import make_wrong_layers


def make_probe(layers):
    """Run probes on given layers in this process, as a session does in a worker."""
    import grader.worker.lab2_probes  # noqa: F401

    student = SimpleNamespace(layers=layers, function=lambda name: getattr(layers, name))
    return lambda name, **arguments: PROBES[name](student, **arguments)


@pytest.fixture
def lab2(small_dataset, tmp_path):
    """Return the verification on few images."""
    return Lab2Verification(small_dataset, load_embedded_weights(), "few images", tmp_path)


def test_a_right_quantizer_and_true_numbers_are_verified(lab2):
    measured = lab2.measure(make_probe(FP_layers))
    assert all(found.same_as_reference for found in measured.accuracies.values())
    answers = {("lab2.b", name): measured.right[name] for name in ("float", "bits_4", "bits_2")}
    answers |= {("lab2.e", "average_442"): 2.6, ("lab2.f", "scheme"): "442", ("lab2.f", "stage"): "3"}
    answers |= {("lab2.d", "after_442"): 0.9, ("lab2.b", "comment"): "text", ("lab2.b", "bits_3"): None}
    verdicts = lab2.verify(answers, measured)
    assert {place for place, found in verdicts.items() if found.verified} == set(answers) - {
        ("lab2.d", "after_442"),
        ("lab2.b", "comment"),
        ("lab2.b", "bits_3"),
    }
    assert verdicts["lab2.d", "after_442"].verdict is Verdict.UNVERIFIED
    assert ("lab2.b", "bits_3") not in verdicts


def test_steps_from_the_references_states_are_judged(lab2):
    right = lab2.take_reference_steps(make_probe(FP_layers), after_steps=(0,))
    assert [(bits, found.verdict) for bits, _, found in right] == [(b, StepVerdict.RIGHT) for b in (4, 3, 2)]
    leaking = make_probe(make_wrong_layers()["STE.no_straight_through"])
    wrong = lab2.take_reference_steps(leaking, after_steps=(0,))
    assert {found.verdict for _, _, found in wrong} == {StepVerdict.NO_GRADIENT}


def test_a_short_finetune_is_evaluated_from_its_weights(lab2, monkeypatch):
    draw = "grader.lab2.verification.draw_short_batches"
    import grader.lab2.short_finetune as short

    monkeypatch.setattr(draw, lambda dataset, seed: short.draw_batches(dataset.train, 3, 16, seed))
    (found,) = lab2.finetune_shortly(make_probe(FP_layers), ("after_442",))
    assert found.accuracy is not None
    assert found.first_losses == 0.0
    assert "the reference" not in found.describe(None)


@pytest.mark.parametrize("trained", [None, {}, {"weights": {}}, {"weights": {"head_conv.0.conv.weight": 3}}])
def test_a_worker_that_returns_no_weights_is_said(small_dataset, trained):
    images = ResidentImages(small_dataset.test, "cpu")
    found = judge_short_finetune("bits_3", 3, trained, [1.0, 1.0, 1.0], images)
    assert found.accuracy is None
    assert "finetuning at bits_3 failed" in found.describe(None)


def test_the_conclusion_is_judged_on_the_images_that_the_students_numbers_show(lab2):
    """A student worked with CIFAR-10 and the grader has the embedded images only."""
    lab2.dataset = replace(lab2.dataset, name="embedded")
    measured = lab2.measure(make_probe(FP_layers))
    conclusion = {("lab2.f", "scheme"): "442", ("lab2.f", "stage"): "3"}
    on_cifar10 = lab2.verify(conclusion | {("lab2.b", "float"): 0.9151}, measured)
    on_embedded = lab2.verify(conclusion | {("lab2.b", "float"): measured.right["float"]}, measured)
    for place in conclusion:
        assert on_cifar10[place].verdict is Verdict.MATCHES
        assert on_embedded[place].verdict is Verdict.UNVERIFIED


def test_no_weights_for_other_images_are_said(tmp_path, monkeypatch):
    monkeypatch.setattr("grader.lab2.verification.CIFAR10_WEIGHTS", tmp_path / "none.pt")
    monkeypatch.setattr(
        "grader.lab2.verification.load_dataset", lambda *_: SimpleNamespace(name="cifar10", digest="")
    )
    with pytest.raises(UsageError, match="no weights for cifar10 are shipped, expected --weights"):
        Lab2Verification.open("cifar10", cache_folder=tmp_path)


def test_data_that_cannot_be_had_is_the_callers_error(tmp_path):
    with pytest.raises(UsageError, match="no such folder or archive"):
        Lab2Verification.open(str(tmp_path / "nowhere"), cache_folder=tmp_path)


def test_bands_of_more_seeds_are_united(small_dataset, tmp_path, monkeypatch):
    import grader.lab2.short_finetune as short

    monkeypatch.setattr(short, "STEPS", 1)
    monkeypatch.setattr(short, "draw_short_batches", lambda d, seed: short.draw_batches(d.train, 3, 8, seed))
    state, path = load_embedded_weights(), tmp_path / "bands.json"
    for seeds in ((0,), (1, 2), (2,)):
        add_bands(measure_short_bands(state, small_dataset, {"442": (4, 4, 2)}, seeds), path)
    (band,) = read_bands(path)
    assert band.n == 3
    assert band.sd is not None
    assert find_band([band], "digest", band.weights_sha256, "40 steps of 128", "442") == band
    assert find_band([band], "other", band.weights_sha256, "40 steps of 128", "442") is None


def test_united_bands_name_every_precision(tmp_path):
    """Runs in another precision are added, and a reader sees that there are two."""
    path = tmp_path / "bands.json"
    for seed, precision in enumerate(("float32", "bfloat16", "bfloat16")):
        machine = {"device": "cpu", "precision": precision, "torch": "2.14.1"}
        add_bands([Band("set", "d", "w", "protocol", "442", 100, {str(seed): 0.9}, machine)], path)
    (band,) = read_bands(path)
    assert band.n == 3
    assert band.machine == {"device": "cpu", "precision": "float32, bfloat16", "torch": "2.14.1"}


ADD_TWENTY_SEEDS = """
import sys
from pathlib import Path
from grader.lab2.bands import Band, add_bands
for seed in range(int(sys.argv[2]), 80, 4):
    add_bands([Band("set", "d", "w", "protocol", "442", 100, {str(seed): 0.9}, {})], Path(sys.argv[1]))
"""


def test_processes_that_add_at_once_lose_nothing(tmp_path):
    """Seeds and schemes are measured side by side, one process on each core."""
    path = tmp_path / "bands.json"
    adding = [
        subprocess.Popen([sys.executable, "-c", ADD_TWENTY_SEEDS, str(path), str(first)])
        for first in range(4)
    ]
    assert [process.wait() for process in adding] == [0, 0, 0, 0]
    (band,) = read_bands(path)
    assert sorted(map(int, band.accuracies)) == list(range(80))


def test_shortened_runs_make_no_band():
    with pytest.raises(ValueError, match="expected the assignment's epochs"):
        list_protocol_bands({"epochs": 1, "errors": {}})


def test_pretraining_is_seeded_and_learns(small_dataset, tmp_path):
    one, other = initialize_weights(0), initialize_weights(0)
    assert all(one[name].equal(other[name]) for name in one)
    recipe = Recipe(epochs=4, batch_size=20, learning_rate=0.05, momentum=0.9, nesterov=True, warm_up=0.2)
    result = pretrain(small_dataset, recipe, "cpu", tmp_path / "a.run")
    losses = [epoch["loss"] for epoch in result.history]
    assert losses[-1] < losses[0]
