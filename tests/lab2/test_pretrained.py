"""Weights from a file: what cannot be used is named."""

import pickle

import pytest
import torch

from student.given.errors import CheckpointError
from student.given.pretrained import (
    hash_state,
    list_expected_shapes,
    load_embedded_weights,
    load_weights,
)


def test_the_shipped_weights_are_those_of_the_model_card():
    card = "c4e5dc7e0c7ef07534bd9411da8acee22ce3f749cc1cdec43d21cb5bc362bd26"
    assert hash_state(load_embedded_weights()) == card


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
