"""Finetuning: seeded, the best epoch kept, resumed after a kill as if nothing had happened."""

import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from reference import FP_layers
from student.given import finetuning
from student.given.errors import CheckpointError, QuantizerError, TrainingError
from student.given.finetuning import Run
from student.given.training import Recipe

RECIPE = Recipe(epochs=3, batch_size=32, learning_rate=0.02)


@pytest.fixture
def run(random_state, small_dataset, tmp_path):
    """Return a run of three epochs of two steps."""
    return Run(random_state, 3, FP_layers, small_dataset, RECIPE, checkpoint=tmp_path / "a.run")


def forget_seconds(result):
    return [{k: v for k, v in epoch.items() if k != "seconds"} for epoch in result.history]


def test_history_and_best_weights_belong_together(run):
    result = run.execute()
    accuracies = [epoch["test_accuracy"] for epoch in result.history]
    assert [epoch["epoch"] for epoch in result.history] == [1, 2, 3]
    assert result.best_accuracy == max(accuracies)
    best = replace(run, state=result.best_state, checkpoint=None, recipe=replace(RECIPE, epochs=1))
    assert best.execute().start_accuracy == result.best_accuracy


def test_a_run_stopped_after_an_epoch_goes_on_bit_for_bit(run, tmp_path):
    expected = replace(run, checkpoint=None).execute()

    def stop(progress):
        if progress.epoch == 2 and progress.step == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace(run, on_progress=stop).execute()
    assert (tmp_path / "a.run").exists()
    resumed = run.execute()
    assert forget_seconds(resumed) == forget_seconds(expected)
    for name, value in expected.final_state.items():
        assert torch.equal(resumed.final_state[name], value), name


def test_a_run_that_has_ended_is_read_not_repeated(run):
    first = run.execute()
    again = replace(run, on_progress=lambda _: pytest.fail("it trained again")).execute()
    assert again.history == first.history
    assert torch.equal(again.best_state["head_conv.1.bias"], first.best_state["head_conv.1.bias"])


@pytest.mark.parametrize(
    "change", [{"bits": 4}, {"recipe": replace(RECIPE, seed=1)}, {"precision": "tf32"}, {"recipe": Recipe(3)}]
)
def test_a_checkpoint_of_another_run_is_refused(run, change):
    run.execute()
    with pytest.raises(CheckpointError, match="belongs to a run with other weights, data or recipe"):
        replace(run, **change).execute()


def test_a_damaged_checkpoint_is_named(run, tmp_path):
    (tmp_path / "a.run").write_bytes(b"damaged")
    with pytest.raises(CheckpointError, match=r"a\.run: not a readable checkpoint"):
        run.execute()


def test_progress_tells_accuracies_and_time_left(run):
    seen = []
    replace(run, on_progress=seen.append).execute()
    assert seen[0].test_accuracy is None
    assert seen[-1].step == seen[-1].steps == 2
    assert seen[-1].best_accuracy == max(p.test_accuracy for p in seen if p.test_accuracy is not None)
    assert seen[0].seconds_left > 0
    assert seen[-1].seconds_left == 0


def test_a_loss_that_turns_nan_keeps_the_epochs_before(run):
    class Breaking(torch.autograd.Function):
        calls = 0

        @staticmethod
        def forward(ctx, w, bit):
            Breaking.calls += 1
            return w * (torch.nan if Breaking.calls > 150 else 1.0)

        @staticmethod
        def backward(ctx, g):
            return g, None

    original, FP_layers.STE = FP_layers.STE, Breaking
    try:
        layers = SimpleNamespace(FP_Conv=FP_layers.FP_Conv, FP_Linear=FP_layers.FP_Linear, STE=Breaking)
        with pytest.raises(TrainingError, match="the loss is nan in epoch"):
            replace(run, layers=layers).execute()
    finally:
        FP_layers.STE = original
    stored = torch.load(run.checkpoint, weights_only=True)
    assert len(stored["result"]["history"]) >= 1


def test_a_quantizer_of_one_device_is_diagnosed(run, monkeypatch):
    def meet(*_):
        raise RuntimeError("Expected all tensors to be on the same device, but found cuda:0 and cpu!")

    monkeypatch.setattr(finetuning, "quantize_network", meet)
    with pytest.raises(QuantizerError, match="the quantizer does not run on cpu") as caught:
        run.execute()
    assert ".numpy()" in caught.value.hint


def test_other_errors_of_the_quantizer_stay_what_they_are(run, monkeypatch):
    def fail(*_):
        raise RuntimeError("shapes do not fit")

    monkeypatch.setattr(finetuning, "quantize_network", fail)
    with pytest.raises(RuntimeError, match="shapes do not fit"):
        run.execute()


@pytest.mark.slow
def test_a_killed_process_is_resumed(tmp_path):
    """SIGKILL at any moment leaves a checkpoint that is whole."""
    script = textwrap.dedent(
        """
        import sys, torch
        from pathlib import Path
        from reference import FP_layers
        from student.given.datasets import ImageSet, Split
        from student.given.finetuning import Run
        from student.given.pretrained import load_embedded_weights
        from student.given.procedural_images import draw_images
        from student.given.training import Recipe
        torch.set_num_threads(1)
        images, labels = draw_images(100, seed=5)
        split = Split(torch.from_numpy(images), torch.from_numpy(labels).long())
        dataset = ImageSet("small", split, split.take(20), (), "digest")
        show = lambda p: print(p.epoch, p.step, flush=True)
        run = Run(load_embedded_weights(), 2, FP_layers, dataset, Recipe(4, 50), checkpoint=Path(sys.argv[1]),
                  on_progress=show)
        print([round(e["loss"], 9) for e in run.execute().history], flush=True)
        """
    )
    command = [sys.executable, "-c", script]
    whole = subprocess.run([*command, str(tmp_path / "whole")], capture_output=True, text=True, check=True)
    with subprocess.Popen([*command, str(tmp_path / "killed")], stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if line.startswith("3 1"):
                os.kill(process.pid, signal.SIGKILL)
                break
    resumed = subprocess.run([*command, str(tmp_path / "killed")], capture_output=True, text=True, check=True)
    assert resumed.stdout.splitlines()[0].startswith("3 ")
    assert resumed.stdout.splitlines()[-1] == whole.stdout.splitlines()[-1]
