"""Evaluation: folded and shared, yet the accuracy of the network itself."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from grader.lab2.accuracies import AccuracyCache, measure_accuracies
from reference import FP_layers
from student.given.augmentation import ResidentImages
from student.given.datasets import load_dataset
from student.given.errors import QuantizerError
from student.given.evaluation import FoldedResNet, count_correct, evaluate_bits, evaluate_states
from student.given.pretrained import load_embedded_weights, load_weights
from student.given.quantized_state import build_network, quantize_network, quantize_state
from tests.bank.loading import loaded
from tests.bank.paths import SAMPLE

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
JPEG_IMAGES = Path(os.environ.get("HW4_JPEG_IMAGES") or SHARED / "cifar10_jpeg.tar.xz")
COURSE_WEIGHTS = Path(os.environ.get("HW4_COURSE_WEIGHTS") or SHARED / "hw4_pretrained_resnet20.pt")
SCHEMES = (None, 6, 5, 4, 3, 2, (4, 4, 2), (4, 2, 4), (2, 4, 4))
# Measured on the JPEG pixels with the course's checkpoint, through the unfolded network.
JPEG_FIGURES = (0.8093, 0.8082, 0.7905, 0.7759, 0.6094, 0.0916, 0.3389, 0.3208, 0.1028)
EMBEDDED_FIGURES = (0.9570, 0.9565, 0.9535, 0.9240, 0.7580, 0.1505, 0.5995, 0.3360, 0.8050)


@pytest.mark.parametrize("bits", [None, 4, (4, 4, 2)])
def test_folding_changes_the_logits_by_rounding_only(random_state, small_dataset, bits):
    images = ResidentImages(small_dataset.test, "cpu").take(0, 8)
    net = build_network(random_state, bits, FP_layers).eval()
    with torch.no_grad():
        expected = net(images)
    got = FoldedResNet(quantize_network(net, FP_layers), torch.device("cpu"))(images)
    assert torch.allclose(got, expected, rtol=1e-4, atol=1e-4 * expected.abs().max().item())


def test_networks_that_share_parts_count_as_they_do_alone(random_state, small_dataset):
    states = [quantize_state(random_state, bits, FP_layers) for bits in (None, 4, (4, 4, 2), (4, 2, 4), 4)]
    images = ResidentImages(small_dataset.test, "cpu")
    together = evaluate_states(states, images)
    assert together == [evaluate_states([state], images)[0] for state in states]


def test_shared_parts_run_once(random_state, small_dataset, monkeypatch):
    networks = [
        FoldedResNet(quantize_state(random_state, bits, FP_layers), torch.device("cpu"))
        for bits in ((4, 4, 2), (4, 4, 4), (4, 2, 4))
    ]
    runs = []
    run_part = FoldedResNet.run_part
    monkeypatch.setattr(FoldedResNet, "run_part", lambda s, i, x: runs.append(i) or run_part(s, i, x))
    count_correct(networks, ResidentImages(small_dataset.test, "cpu"))
    assert [runs.count(part) for part in range(5)] == [1, 1, 2, 3, 3]


def test_weights_that_are_not_finite_are_right_about_nothing(random_state, small_dataset):
    broken = random_state | {"head_conv.0.conv.weight": torch.full((16, 3, 3, 3), float("nan"))}
    assert evaluate_states([broken], ResidentImages(small_dataset.test, "cpu")) == [0.0]


@pytest.mark.parametrize(("returned", "found"), [(None, "NoneType"), (torch.zeros(3), r"shape \(3,\)")])
def test_a_quantizer_that_returns_no_weight_is_named_with_its_layer(random_state, returned, found):
    layers = SimpleNamespace(
        FP_Conv=FP_layers.FP_Conv,
        FP_Linear=FP_layers.FP_Linear,
        STE=SimpleNamespace(apply=lambda *_: returned),
    )
    with pytest.raises(QuantizerError, match=rf"head_conv.0.conv.weight: found {found}, expected \(16, 3"):
        quantize_state(random_state, 4, layers)


def test_quantizing_leaves_the_given_weights_alone(random_state):
    before = {name: value.clone() for name, value in random_state.items()}
    quantize_state(random_state, 2, FP_layers)
    assert all(torch.equal(before[name], random_state[name]) for name in before)


@pytest.mark.slow
def test_the_shipped_weights_reach_the_figures_of_their_card():
    dataset = load_dataset("embedded")
    got = evaluate_bits(load_embedded_weights(), SCHEMES, FP_layers, dataset.test)
    # One image of 2,000 may fall on either side by the order of float operations.
    assert got == pytest.approx(EMBEDDED_FIGURES, abs=0.0011)


@pytest.mark.slow
@pytest.mark.skipif(
    not (JPEG_IMAGES.exists() and COURSE_WEIGHTS.exists()),
    reason="CIFAR-10 as JPEG and the course's checkpoint are neither in ../shared/data nor named by "
    "HW4_JPEG_IMAGES and HW4_COURSE_WEIGHTS",
)
def test_the_courses_checkpoint_reaches_its_figures_on_the_jpeg_pixels(tmp_path):
    """The nine figures of (b) and (d), through the reference's functions and through a student's."""
    dataset, state = load_dataset(str(JPEG_IMAGES)), load_weights(COURSE_WEIGHTS)
    schemes = dict(zip(map(str, SCHEMES), SCHEMES, strict=True))
    cache = AccuracyCache()
    own = [quantize_state(state, bits, FP_layers) for bits in SCHEMES]
    assert cache.evaluate(own, dataset) == pytest.approx(JPEG_FIGURES, abs=0.001)
    with loaded(SAMPLE, tmp_path) as student:
        quantized = {
            name: {layer: values.numpy() for layer, values in quantize_state(state, bits, student).items()}
            for name, bits in schemes.items()
        }
    found = measure_accuracies(quantized, schemes, state, dataset, cache)
    assert [accuracy.value for accuracy in found.values()] == pytest.approx(JPEG_FIGURES, abs=0.001)
    assert all(accuracy.same_as_reference for accuracy in found.values())
