"""A few training steps on given batches: plain arrays in, plain arrays out."""

import numpy as np
import torch
import torch.nn.functional as F

from .augmentation import MEAN, STD, choose_epoch, crop
from .devices import use_precision
from .quantized_state import build_network, list_quantized_layers, quantize_network
from .training import Recipe

COURSE_RECIPE = Recipe()


def draw_batches(split, steps, batch_size, seed):
    """Draw augmented batches, the same for the same seed.

    Args:
        split: Training images, a `given.datasets.Split`.
        steps: Number of batches.
        batch_size: Images of each.
        seed: Seed of order, crops and flips.

    Returns:
        Images, ``(steps, batch_size, 32, 32, 3)`` uint8, and labels, ``(steps, batch_size)`` int64,
        both NumPy.
    """
    images, labels, epoch, found = [], [], 0, 0
    while found < steps * batch_size:
        choices = choose_epoch(len(split), seed, epoch)
        images.append(crop(split.images, choices))
        labels.append(split.labels[choices.index])
        epoch, found = epoch + 1, found + len(split)
    wanted = steps * batch_size
    shape = (steps, batch_size)
    return (
        torch.cat(images)[:wanted].view(*shape, 32, 32, 3).numpy(),
        torch.cat(labels)[:wanted].view(shape).numpy(),
    )


def train_steps(layers, state, Nbits, images, labels, momenta=None, recipe=COURSE_RECIPE, device="cpu"):
    """Train a quantized ResNet-20 for a few steps on given batches.

    Args:
        layers: What provides ``FP_Conv``, ``FP_Linear`` and ``STE``.
        state: Weights to start from, name to array or tensor.
        Nbits: None, an int or three of them.
        images: ``(steps, n, 32, 32, 3)`` uint8.
        labels: ``(steps, n)``.
        momenta: Momentum of each parameter by name; zero when None.
        recipe: Learning rate, momentum and weight decay.
        device: Where to train, in float32 everywhere: TF32 is off.

    Returns:
        ``"losses"`` ``(steps,)`` float64; ``"quantized"``, the quantized weights of the start by
        name; ``"gradients"`` of the last step and ``"weights"`` after it (of all entries, running
        statistics too), and ``"momenta"``, by name, float32 arrays.
    """
    state = {name: torch.as_tensor(value) for name, value in state.items()}
    net = build_network(state, Nbits, layers, device).train()
    parameters = dict(net.named_parameters())
    optimizer = torch.optim.SGD(
        parameters.values(),
        lr=recipe.learning_rate,
        momentum=recipe.momentum,
        nesterov=recipe.nesterov,
        weight_decay=recipe.weight_decay,
    )
    for name, momentum in (momenta or {}).items():
        buffer = torch.as_tensor(momentum).to(device, copy=True)
        optimizer.state[parameters[name]]["momentum_buffer"] = buffer
    start = quantize_network(net, layers)
    quantized = {name: start[name] for name, _, _ in list_quantized_layers(net, layers)}
    with use_precision("float32"):
        losses = [_take_step(net, optimizer, *batch, device) for batch in zip(images, labels, strict=True)]
    return {
        "losses": np.array(losses, dtype=np.float64),
        "quantized": _to_arrays(quantized),
        "gradients": _to_arrays({name: p.grad for name, p in parameters.items() if p.grad is not None}),
        "weights": _to_arrays(net.state_dict()),
        "momenta": _to_arrays(
            {
                name: optimizer.state[p]["momentum_buffer"]
                for name, p in parameters.items()
                if p.grad is not None
            }
        ),
    }


def _take_step(net, optimizer, images, labels, device):
    pixels = torch.as_tensor(np.ascontiguousarray(images)).to(device).float().div_(255)
    mean, std = (torch.tensor(values, dtype=torch.float32, device=device) for values in (MEAN, STD))
    pixels.sub_(mean).div_(std)
    optimizer.zero_grad()
    logits = net(pixels.permute(0, 3, 1, 2))
    loss = F.cross_entropy(logits, torch.as_tensor(np.ascontiguousarray(labels)).to(device))
    loss.backward()
    optimizer.step()
    return loss.item()


def _to_arrays(tensors):
    return {name: np.array(t.detach().float().cpu().numpy(), order="C") for name, t in tensors.items()}
