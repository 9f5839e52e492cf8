"""The CUDA path: the captured step, its fallback, the same results as step by step."""

from types import SimpleNamespace

import pytest
import torch

from reference import FP_layers
from student.given.augmentation import ResidentImages
from student.given.cuda_graph import capture_step
from student.given.finetuning import Run
from student.given.quantized_state import build_network
from student.given.training import Recipe, Trainer

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device: none is here")
pytestmark = [pytest.mark.gpu, needs_cuda]


class CapturableSTE(torch.autograd.Function):
    """The quantizer without a branch that reads alpha back to the host."""

    @staticmethod
    def forward(ctx, w, bit):
        """Quantize."""
        if bit is None:
            return w.clone()
        beta, top = torch.aminmax(w)
        alpha, steps = top - beta, 2**bit - 1
        return torch.where(alpha == 0, w, alpha * torch.round((w - beta) / alpha * steps) / steps + beta)

    @staticmethod
    def backward(ctx, g):
        """Pass the gradient on."""
        return g, None


@pytest.fixture
def capturable_layers(monkeypatch):
    """Return the reference's layers with a quantizer that can be captured."""
    monkeypatch.setattr(FP_layers, "STE", CapturableSTE)
    return SimpleNamespace(FP_Conv=FP_layers.FP_Conv, FP_Linear=FP_layers.FP_Linear, STE=CapturableSTE)


def train(state, layers, dataset, epochs=2):
    device = torch.device("cuda")
    trainer = Trainer(
        build_network(state, 4, layers, device), ResidentImages(dataset.train, device), Recipe(batch_size=16)
    )
    losses = [trainer.train_epoch(epoch) for epoch in range(epochs)]
    return losses, trainer


def test_a_captured_step_trains_as_step_by_step(random_state, small_dataset, capturable_layers, monkeypatch):
    losses, trainer = train(random_state, capturable_layers, small_dataset)
    assert trainer.capture_failure == ""
    monkeypatch.setattr("student.given.training.capture_step", lambda *_: (None, "not tried"))
    expected, _ = train(random_state, capturable_layers, small_dataset)
    # The first epoch differs by the order of sums; one weight across a tie makes 1e-2 of the second.
    assert losses[0] == pytest.approx(expected[0], rel=1e-3)
    assert losses[1] == pytest.approx(expected[1], rel=3e-2)


def test_capturing_leaves_weights_and_momentum_as_they_were(random_state, small_dataset, capturable_layers):
    device = torch.device("cuda")
    images = ResidentImages(small_dataset.train, device)
    trainer = Trainer(
        build_network(random_state, 4, capturable_layers, device), images, Recipe(batch_size=16)
    )
    before = {name: value.clone() for name, value in trainer.net.state_dict().items()}
    from student.given.augmentation import choose_epoch

    batch = choose_epoch(len(images), 0, 0).to(device).take(0, 16)
    replay, failure = capture_step(trainer.step, batch, trainer.net, trainer.optimizer)
    assert failure == ""
    assert replay is not None
    assert all(torch.equal(before[name], value) for name, value in trainer.net.state_dict().items())
    momenta = [trainer.optimizer.state[p]["momentum_buffer"] for p in trainer.net.parameters()]
    assert all(not momentum.any() for momentum in momenta)


def test_a_quantizer_that_reads_back_to_the_host_runs_step_by_step(random_state, small_dataset, monkeypatch):
    class ReadingSTE(CapturableSTE):
        @staticmethod
        def forward(ctx, w, bit):
            if bit is not None and (w.max() - w.min()).item() == 0.0:
                return w.clone()
            return CapturableSTE.forward(ctx, w, bit)

    monkeypatch.setattr(FP_layers, "STE", ReadingSTE)
    layers = SimpleNamespace(FP_Conv=FP_layers.FP_Conv, FP_Linear=FP_layers.FP_Linear, STE=ReadingSTE)
    losses, trainer = train(random_state, layers, small_dataset)
    assert trainer.capture_failure
    assert all(loss > 0 for loss in losses)


@pytest.mark.parametrize("precision", ["float32", "tf32", "bfloat16"])
def test_a_run_on_cuda_agrees_with_the_cpus(random_state, small_dataset, precision):
    losses = {}
    for device in ("cpu", "cuda"):
        used = precision if device == "cuda" else "float32"
        recipe = Recipe(epochs=1, batch_size=16)
        run = Run(random_state, 4, FP_layers, small_dataset, recipe, torch.device(device), used)
        losses[device] = run.execute().history[0]["loss"]
    assert losses["cuda"] == pytest.approx(losses["cpu"], rel=5e-2)
