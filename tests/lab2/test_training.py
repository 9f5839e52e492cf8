"""Training: each step is the plain loop's, and what stops it is said in words."""

import pytest
import torch
from torch import nn

from reference import FP_layers
from student.given import devices
from student.given.augmentation import ResidentImages, choose_epoch
from student.given.errors import DeviceError, TrainingError
from student.given.quantized_state import build_network
from student.given.training import Recipe, Trainer


def run_plain_loop(state, bits, images, recipe):
    """Train one epoch as the assignment describes it, without any of our shortcuts."""
    net = build_network(state, bits, FP_layers).train()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.002, momentum=0.875, weight_decay=1e-4)
    choices = choose_epoch(len(images), recipe.seed, 0)
    losses = []
    for start in range(0, len(images), recipe.batch_size):
        batch = choices.take(start, start + recipe.batch_size)
        loss = nn.functional.cross_entropy(net(images.gather(batch).contiguous()), images.labels[batch.index])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item() * len(batch.index))
    return net.state_dict(), sum(losses) / len(images)


def test_an_epoch_is_that_of_the_plain_loop(random_state, small_dataset):
    images, recipe = ResidentImages(small_dataset.train, "cpu"), Recipe(batch_size=32)
    expected, expected_loss = run_plain_loop(random_state, 4, images, recipe)
    trainer = Trainer(build_network(random_state, 4, FP_layers), images, recipe)
    steps = []
    loss = trainer.train_epoch(0, steps.append)
    assert steps == [1, 2]
    assert loss == pytest.approx(expected_loss, rel=1e-4)
    for name, value in trainer.net.state_dict().items():
        # Another memory layout sums in another order; two steps keep the difference small.
        assert torch.allclose(value.float(), expected[name].float(), rtol=1e-3, atol=1e-5), name


def test_the_same_seed_gives_the_same_weights_bit_for_bit(random_state, small_dataset):
    images = ResidentImages(small_dataset.train, "cpu")
    states = []
    for seed in (0, 0, 1):
        trainer = Trainer(build_network(random_state, 3, FP_layers), images, Recipe(batch_size=32, seed=seed))
        trainer.train_epoch(0)
        states.append(trainer.net.state_dict()["body_op.0.conv1.0.conv.weight"])
    assert torch.equal(states[0], states[1])
    assert not torch.equal(states[0], states[2])


def test_a_loss_that_is_not_finite_stops_at_its_step(random_state, small_dataset):
    broken = random_state | {"final_fc.linear.bias": torch.full((10,), torch.nan)}
    trainer = Trainer(
        build_network(broken, 4, FP_layers), ResidentImages(small_dataset.train, "cpu"), Recipe(batch_size=32)
    )
    with pytest.raises(TrainingError, match="the loss is nan in epoch 1, step 1") as caught:
        trainer.train_epoch(0)
    assert "STE.forward" in caught.value.hint


def test_memory_that_is_used_up_is_said_with_what_to_do(random_state, small_dataset, monkeypatch):
    trainer = Trainer(
        build_network(random_state, 4, FP_layers), ResidentImages(small_dataset.train, "cpu"), Recipe()
    )

    def exhaust(_):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(trainer, "step", exhaust)
    with pytest.raises(TrainingError, match="is used up in epoch 1") as caught:
        trainer.train_epoch(0)
    assert "--device cpu" in caught.value.hint


def test_cuda_without_a_gpu_is_refused_in_words(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(DeviceError, match="--device cuda: "):
        devices.choose_device("cuda")
    assert devices.choose_device("auto").type == "cpu"


@pytest.mark.parametrize("name", ["gpu", "mps", ""])
def test_a_device_of_no_name_is_refused(name):
    with pytest.raises(DeviceError, match="expected auto, cpu, cuda or cuda:N"):
        devices.choose_device(name)


def test_precision_is_restored():
    before = torch.backends.cudnn.allow_tf32
    with devices.use_precision("tf32"):
        assert torch.backends.cudnn.allow_tf32
    assert torch.backends.cudnn.allow_tf32 == before
    with (
        pytest.raises(ValueError, match="expected one of float32, tf32, bfloat16"),
        devices.use_precision("fp8"),
    ):
        pass
