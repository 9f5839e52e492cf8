"""Training of the weights that the handout ships, from random ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn

import reference.FP_layers
from student.given.finetuning import Run, RunResult
from student.given.resnet20 import ResNetCIFAR
from student.given.training import Recipe

RECIPES = {
    "embedded": Recipe(
        epochs=10,
        batch_size=128,
        learning_rate=0.1,
        momentum=0.9,
        nesterov=True,
        weight_decay=5e-4,
        warm_up=0.15,
    ),
    "cifar10": Recipe(
        epochs=24,
        batch_size=128,
        learning_rate=0.1,
        momentum=0.9,
        nesterov=True,
        weight_decay=5e-4,
        warm_up=0.15,
    ),
}


def initialize_weights(seed: int) -> dict[str, Any]:
    """Draw the weights that training starts from (Kaiming, normal, by fan out).

    Args:
        seed: Their seed.

    Returns:
        A state dict of ResNet-20.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = ResNetCIFAR(num_layers=20, Nbits=None, layers=reference.FP_layers)
        for module in net.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        return dict(net.state_dict())


def pretrain(
    dataset: Any,
    recipe: Recipe,
    device: torch.device,
    checkpoint: Path | None = None,
    precision: str = "float32",
    on_progress: Callable[[Any], None] | None = None,
) -> RunResult:
    """Train a floating-point ResNet-20 from random weights.

    Args:
        dataset: The `student.given.datasets.ImageSet`.
        recipe: How; its seed also draws the weights.
        device: Where.
        checkpoint: Where the run is kept after each epoch, to be resumed from.
        precision: ``"float32"``, ``"tf32"`` or ``"bfloat16"``.
        on_progress: Called with a `student.given.finetuning.Progress`.

    Returns:
        The result; its ``final_state`` is what is shipped, chosen without a look at the test set.
    """
    return Run(
        initialize_weights(recipe.seed),
        None,
        reference.FP_layers,
        dataset,
        recipe,
        device,
        precision,
        checkpoint,
        on_progress,
    ).execute()
