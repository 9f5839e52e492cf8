"""Accuracies without finetuning: looked up where the weights are the reference's, else computed."""

import json

import numpy as np
import pytest

from grader.lab2 import accuracies
from grader.lab2.accuracies import AccuracyCache, measure_accuracies
from reference import FP_layers
from student.given.quantized_state import build_network, list_quantized_layers, quantize_network
from tests.lab2.quantizers import make_other_orders, make_wrong_layers

SCHEMES = {"bits_4": 4, "before_442": (4, 4, 2)}


def quantize(state, layers):
    """Return what a worker returns."""
    found = {}
    for name, bits in SCHEMES.items():
        net = build_network(state, bits, layers)
        quantized = quantize_network(net, layers)
        found[name] = {layer: quantized[layer].numpy() for layer, _, _ in list_quantized_layers(net, layers)}
    return found


@pytest.fixture
def evaluations(monkeypatch):
    """Count the states that are evaluated."""
    counted = []
    evaluate = accuracies.evaluate_states

    def count(states, images):
        counted.extend(states)
        return evaluate(states, images)

    monkeypatch.setattr(accuracies, "evaluate_states", count)
    return counted


def test_right_weights_are_looked_up(random_state, small_dataset, evaluations):
    cache = AccuracyCache()
    first = measure_accuracies(quantize(random_state, FP_layers), SCHEMES, random_state, small_dataset, cache)
    assert len(evaluations) == 2
    for layers in make_other_orders().values():
        again = measure_accuracies(
            quantize(random_state, layers), SCHEMES, random_state, small_dataset, cache
        )
        assert {n: a.value for n, a in again.items()} == {n: a.value for n, a in first.items()}
        assert all(found.same_as_reference for found in again.values())
    assert len(evaluations) == 2


def test_wrong_weights_are_evaluated_as_they_are(random_state, small_dataset, evaluations):
    cache = AccuracyCache()
    layers = make_wrong_layers()["STE.per_channel"]
    found = measure_accuracies(quantize(random_state, layers), SCHEMES, random_state, small_dataset, cache)
    assert len(evaluations) == 2
    assert not any(accuracy.same_as_reference for accuracy in found.values())
    assert all(accuracy.wrong_codes > 0.1 for accuracy in found.values())


@pytest.mark.parametrize(
    ("harm", "problem"),
    [
        (lambda layers: None, "the worker returned no weights"),
        (lambda layers: {}, "found no weights of shape"),
        (lambda layers: layers | {"final_fc.linear.weight": np.zeros(3)}, "found no weights of shape"),
        (lambda layers: layers | {"final_fc.linear.weight": "text"}, "found no weights of shape"),
        (
            lambda layers: layers | {"final_fc.linear.weight": np.full((10, 64), np.nan, np.float32)},
            "not finite",
        ),
    ],
)
def test_what_is_no_weight_has_no_accuracy_and_says_why(random_state, small_dataset, harm, problem):
    quantized = quantize(random_state, FP_layers)
    quantized["bits_4"] = harm(quantized["bits_4"])
    found = measure_accuracies(quantized, SCHEMES, random_state, small_dataset, AccuracyCache())
    assert found["bits_4"].value is None
    assert problem in found["bits_4"].problem
    assert found["before_442"].value is not None


def test_accuracies_are_kept_between_gradings(random_state, small_dataset, tmp_path, evaluations):
    path = tmp_path / "cache" / "accuracies.json"
    for _ in range(2):
        cache = AccuracyCache.open(path)
        measure_accuracies(quantize(random_state, FP_layers), SCHEMES, random_state, small_dataset, cache)
    assert len(evaluations) == 2
    assert len(json.loads(path.read_text())["accuracies"]) >= 2


@pytest.mark.parametrize("content", ["", "[]", '{"accuracies": {"a": "b"}}', '{"accuracies": 3}'])
def test_a_damaged_cache_is_made_again(tmp_path, content):
    path = tmp_path / "accuracies.json"
    path.write_text(content)
    assert isinstance(AccuracyCache.open(path).values, dict)
