"""Weights from a file: what cannot be used is named."""

import pickle

import pytest
import torch

from grader.lab2.accuracies import AccuracyCache
from reference import FP_layers
from student.given.errors import CheckpointError
from student.given.pretrained import (
    WEIGHTS,
    hash_state,
    list_expected_shapes,
    load_cifar10_weights,
    load_embedded_weights,
    load_weights,
)
from student.given.quantized_state import quantize_state


@pytest.mark.parametrize(
    ("load", "name", "images"),
    [
        (load_embedded_weights, "resnet20_embedded.pt", 2000),
        (load_cifar10_weights, "resnet20_cifar10.pt", 10000),
    ],
)
def test_the_shipped_weights_and_their_accuracies_are_those_of_the_model_card(load, name, images):
    """The card names the hash of the values, and each accuracy that a grading looks up."""
    _, _, card = (WEIGHTS / "README.md").read_text(encoding="utf-8").partition(f"## {name}")
    card, _, _ = card.partition("\n## ")
    state = load()
    assert hash_state(state) in card
    known = {key.split(":")[0]: (key, value) for key, value in AccuracyCache.open(None).values.items()}
    for bits in (None, 6, 5, 4, 3, 2, (4, 4, 2), (4, 2, 4), (2, 4, 4)):
        key, accuracy = known[hash_state(quantize_state(state, bits, FP_layers))]
        assert key.endswith(f":{images}")
        scheme = f"{{{','.join(map(str, bits))}}}" if isinstance(bits, tuple) else f"{bits} bits"
        told = f"{accuracy:.4f} (n" if bits is None else f"{scheme} {accuracy:.4f}"
        assert told in " ".join(card.split())


def test_expected_shapes_are_the_networks_own(random_state):
    own = {name: tuple(v.shape) for name, v in random_state.items() if "num_batches" not in name}
    assert list_expected_shapes() == own


def test_half_precision_is_widened(tmp_path, random_state):
    torch.save(
        {name: v.half() if v.is_floating_point() else v for name, v in random_state.items()}, tmp_path / "w"
    )
    assert load_weights(tmp_path / "w")["final_fc.linear.weight"].dtype == torch.float32


def test_a_checkpoint_cut_short_is_named(tmp_path, random_state):
    path = tmp_path / "weights.pt"
    torch.save(random_state, path)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(CheckpointError, match=r"weights\.pt: not a readable checkpoint"):
        load_weights(path)


def test_a_checkpoint_never_runs_code(tmp_path):
    path = tmp_path / "weights.pt"

    class Harmful:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    path.write_bytes(pickle.dumps({"w": Harmful()}))
    with pytest.raises(CheckpointError, match="not a readable checkpoint"):
        load_weights(path)
    assert not (tmp_path / "ran").exists()


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CheckpointError, match=r"nowhere\.pt: no such file"):
        load_weights(tmp_path / "nowhere.pt")


def test_weights_of_another_network_are_refused(tmp_path):
    torch.save(torch.nn.Linear(3, 2).state_dict(), tmp_path / "other.pt")
    with pytest.raises(
        CheckpointError, match=r"found no head_conv\.0\.conv\.weight, expected the 107 entries"
    ):
        load_weights(tmp_path / "other.pt")


def test_a_whole_module_instead_of_its_weights_is_refused(tmp_path):
    torch.save(torch.nn.Linear(3, 2), tmp_path / "module.pt")
    with pytest.raises(CheckpointError, match="not a readable checkpoint"):
        load_weights(tmp_path / "module.pt")


def test_weights_of_another_width_are_refused(tmp_path, random_state):
    torch.save(random_state | {"final_fc.linear.bias": torch.zeros(100)}, tmp_path / "wide.pt")
    with pytest.raises(CheckpointError, match=r"final_fc\.linear\.bias: found \(100,\), expected \(10,\)"):
        load_weights(tmp_path / "wide.pt")


def test_weights_that_are_not_finite_are_refused(tmp_path, random_state):
    torch.save(random_state | {"final_fc.linear.bias": torch.full((10,), torch.inf)}, tmp_path / "inf.pt")
    with pytest.raises(CheckpointError, match="found nan or infinity"):
        load_weights(tmp_path / "inf.pt")
