"""Test accuracy of ResNet-20 from its weights: normalization folded, equal parts computed once."""

import hashlib

import torch
import torch.nn.functional as F

from .augmentation import ResidentImages
from .quantized_state import quantize_state

EPSILON = 1e-5  # of torch.nn.BatchNorm2d
BLOCKS_PER_STAGE = 3
CPU_BATCH, CUDA_BATCH = 128, 2000


class FoldedResNet:
    """A ResNet-20 for inference, its batch normalizations folded into the convolutions.

    It is built in parts (first convolution, three stages, last layer), so that networks which
    begin alike can share what they have in common.

    Args:
        state: A state dict of ResNet-20, its weights quantized as they shall be used.
        device: Where it shall run.

    Attributes:
        keys: For each part, what identifies its weights.
    """

    def __init__(self, state, device):
        self._device = device
        self._state = state
        head = [self._fold("head_conv.0", "head_conv.1")]
        blocks = [self._fold_block(f"body_op.{index}") for index in range(3 * BLOCKS_PER_STAGE)]
        fc = [tuple(state[f"final_fc.linear.{key}"].to(device).float() for key in ("weight", "bias"))]
        stages = [blocks[i : i + BLOCKS_PER_STAGE] for i in range(0, len(blocks), BLOCKS_PER_STAGE)]
        self._parts = [head, *stages, fc]
        self.keys = tuple(_hash_part(part) for part in self._parts)

    def _fold(self, conv, norm):
        weight, *values = (
            self._state[name].to(self._device).float()
            for name in (
                f"{conv}.conv.weight",
                *(f"{norm}.{key}" for key in ("weight", "bias", "running_mean", "running_var")),
            )
        )
        gamma, beta, mean, variance = values
        scale = gamma / torch.sqrt(variance + EPSILON)
        folded = (weight * scale[:, None, None, None]).contiguous(memory_format=torch.channels_last)
        return folded, beta - mean * scale

    def _fold_block(self, name):
        convolutions = [self._fold(f"{name}.{conv}.0", f"{name}.{conv}.1") for conv in ("conv1", "conv2")]
        if f"{name}.id_mapping.0.conv.weight" in self._state:
            convolutions.append(self._fold(f"{name}.id_mapping.0", f"{name}.id_mapping.1"))
        return convolutions

    def run_part(self, index, x):
        """Run part ``index`` (0: first convolution, 1 to 3: stages, 4: last layer) on ``x``."""
        part = self._parts[index]
        if index == 0:
            weight, bias = part[0]
            return F.conv2d(x, weight, bias, padding=1).relu_()
        if index == len(self._parts) - 1:
            return F.linear(x.mean(dim=(2, 3)), *part[0])
        for (weight1, bias1), (weight2, bias2), *shortcut in part:
            stride = 2 if shortcut else 1
            inner = F.conv2d(x, weight1, bias1, stride=stride, padding=1).relu_()
            inner = F.conv2d(inner, weight2, bias2, padding=1)
            x = F.conv2d(x, *shortcut[0], stride=stride) if shortcut else x
            x = inner.add_(x).relu_()
        return x

    def __call__(self, x):
        """Compute the logits of normalized images ``(n, 3, 32, 32)``."""
        for index in range(len(self._parts)):
            x = self.run_part(index, x)
        return x


def _hash_part(part):
    digest = hashlib.sha256()
    for values in part:
        for value in values:
            for tensor in value if isinstance(value, tuple) else (value,):
                digest.update(tensor.cpu().contiguous().numpy().tobytes())
    return digest.digest()


@torch.inference_mode()
def count_correct(networks, images, on_progress=None):
    """Count the images that each of several networks classifies rightly.

    Networks that begin with equal parts share the computation of these.

    Args:
        networks: `FoldedResNet` s on one device.
        images: `given.augmentation.ResidentImages` there.
        on_progress: Called with the number of images done and in all.

    Returns:
        A list of counts. A logit that is not finite makes no prediction right.
    """
    batch_size = CUDA_BATCH if images.labels.is_cuda else CPU_BATCH
    counts = torch.zeros(len(networks), dtype=torch.int64, device=images.labels.device)
    everyone = range(len(networks))
    for start in range(0, len(images), batch_size):
        stop = min(start + batch_size, len(images))
        for position, logits in _compute_logits(networks, everyone, 0, images.take(start, stop)):
            right = (logits.argmax(dim=1) == images.labels[start:stop]) & logits.isfinite().all(dim=1)
            counts[position] += right.sum()
        if on_progress:
            on_progress(stop, len(images))
    return counts.tolist()


def _compute_logits(networks, positions, index, x):
    """Run the parts from ``index`` on, depth first: what is shared is computed once and soon freed."""
    groups = {}
    for position in positions:
        if index == len(networks[position].keys):
            yield position, x
        else:
            groups.setdefault(networks[position].keys[index], []).append(position)
    for group in groups.values():
        yield from _compute_logits(networks, group, index + 1, networks[group[0]].run_part(index, x))


def evaluate_states(states, images, on_progress=None):
    """Compute the accuracies of several sets of weights.

    Args:
        states: State dicts of ResNet-20, quantized as they shall be used.
        images: `given.augmentation.ResidentImages`.
        on_progress: Called with the number of images done and in all.

    Returns:
        A list of fractions in [0, 1].
    """
    device = images.labels.device
    counts = count_correct([FoldedResNet(state, device) for state in states], images, on_progress)
    return [count / len(images) for count in counts]


def evaluate_bits(state, schemes, layers, split, device="cpu", on_progress=None):
    """Compute the accuracy of a ResNet-20 at several precisions without finetuning.

    Args:
        state: A state dict of ResNet-20, floating point.
        schemes: Precisions: None, an int or three of them, each.
        layers: What provides ``FP_Conv``, ``FP_Linear`` and ``STE``.
        split: The test images, a `given.datasets.Split`.
        device: Where to compute.
        on_progress: Called with the number of images done and in all.

    Returns:
        A list of fractions in [0, 1], one for each scheme.
    """
    states = [quantize_state(state, bits, layers) for bits in schemes]
    return evaluate_states(states, ResidentImages(split, device), on_progress)
