"""Weights of ResNet-20: the shipped ones, and checkpoints from a file."""

import hashlib
import pickle
from pathlib import Path

import torch

from .errors import CheckpointError

WEIGHTS = Path(__file__).with_name("weights")
EMBEDDED_WEIGHTS = WEIGHTS / "resnet20_embedded.pt"
CIFAR10_WEIGHTS = WEIGHTS / "resnet20_cifar10.pt"
LAYERS, BLOCKS_PER_STAGE, WIDTHS, CLASSES = 20, 3, (16, 32, 64), 10
NORM_KEYS = ("weight", "bias", "running_mean", "running_var")


def list_expected_shapes():
    """List the floating-point entries of a ResNet-20 state dict.

    Returns:
        Name to shape, in the order of the network.

    Examples:
        >>> shapes = list_expected_shapes()
        >>> len(shapes), shapes["body_op.3.id_mapping.0.conv.weight"]
        (107, (32, 16, 1, 1))
    """
    shapes, inputs = {}, WIDTHS[0]

    def add(conv, norm, shape):
        shapes[f"{conv}.conv.weight"] = shape
        shapes.update({f"{norm}.{key}": shape[:1] for key in NORM_KEYS})

    add("head_conv.0", "head_conv.1", (inputs, 3, 3, 3))
    for block in range(len(WIDTHS) * BLOCKS_PER_STAGE):
        width, name = WIDTHS[block // BLOCKS_PER_STAGE], f"body_op.{block}"
        add(f"{name}.conv1.0", f"{name}.conv1.1", (width, inputs, 3, 3))
        add(f"{name}.conv2.0", f"{name}.conv2.1", (width, width, 3, 3))
        if width != inputs:
            add(f"{name}.id_mapping.0", f"{name}.id_mapping.1", (width, inputs, 1, 1))
        inputs = width
    return shapes | {"final_fc.linear.weight": (CLASSES, inputs), "final_fc.linear.bias": (CLASSES,)}


def check_state(state, what):
    """Check that a state dict is one of ResNet-20 and fit to compute with.

    Args:
        state: Name to tensor.
        what: What it is, for the message.

    Raises:
        CheckpointError: An entry is missing, unknown, of another shape or not finite.
    """
    if not isinstance(state, dict) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise CheckpointError(f"{what}: found no state dict, expected name to tensor")
    expected = list_expected_shapes()
    missing = [name for name in expected if name not in state]
    unknown = [n for n in state if n not in expected and not n.endswith("num_batches_tracked")]
    if missing or unknown:
        found = f"no {missing[0]}" if missing else f"{unknown[0]}"
        raise CheckpointError(
            f"{what}: found {found}, expected the {len(expected)} entries of ResNet-20",
            hint="these are weights of another network; leave --weights out to use the shipped ones",
        )
    for name, shape in expected.items():
        if tuple(state[name].shape) != shape:
            raise CheckpointError(f"{what}: {name}: found {tuple(state[name].shape)}, expected {shape}")
        if not torch.isfinite(state[name]).all():
            raise CheckpointError(f"{what}: {name}: found nan or infinity, expected finite weights")


def load_weights(path):
    """Load a ResNet-20 checkpoint, such as the ``pretrained_model.pt`` of HW4.zip.

    Args:
        path: A state dict written by ``torch.save``; only tensors are read from it, no code.

    Returns:
        The state dict on the CPU, float32.

    Raises:
        CheckpointError: It cannot be read, or belongs to another network.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise CheckpointError(f"{path}: no such file, expected weights of ResNet-20") from error
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError, ValueError, KeyError) as error:
        raise CheckpointError(
            f"{path}: not a readable checkpoint: {describe_damage(error)}",
            hint="it may be damaged or cut off; download it again",
        ) from error
    check_state(state, path)
    return {name: value.float() if value.is_floating_point() else value for name, value in state.items()}


def describe_damage(error):
    """Say in one line why a file written by ``torch.save`` cannot be read.

    Args:
        error: What reading it raised.

    Returns:
        Its first line; in words of our own where it has none, or only a number of the unpickler's.

    Examples:
        >>> describe_damage(KeyError(101)), describe_damage(EOFError())
        ('found something else', 'it is empty or cut off')
        >>> describe_damage(RuntimeError("unexpected EOF. The file might be corrupted."))
        'unexpected EOF. The file might be corrupted.'
    """
    line = (str(error).splitlines() or [""])[0].strip()
    if isinstance(error, EOFError):
        return "it is empty or cut off"
    return line if " " in line else "found something else"


def load_embedded_weights():
    """Load the shipped weights for the embedded images.

    Returns:
        A state dict of ResNet-20.

    Examples:
        >>> load_embedded_weights()["head_conv.0.conv.weight"].shape
        torch.Size([16, 3, 3, 3])
    """
    return load_weights(EMBEDDED_WEIGHTS)


def load_cifar10_weights():
    """Load the shipped weights for CIFAR-10; see ``weights/README.md`` for the pixels they were trained on.

    Returns:
        A state dict of ResNet-20.
    """
    return load_weights(CIFAR10_WEIGHTS)


def hash_state(state):
    """Hash what a ResNet-20 computes with: names, shapes and values.

    Args:
        state: A state dict.

    Returns:
        SHA-256, hexadecimal.
    """
    digest = hashlib.sha256()
    for name in list_expected_shapes():
        values = state[name].detach().cpu().float().contiguous().numpy()
        digest.update(f"{name}{values.shape}".encode())
        digest.update(values.tobytes())
    return digest.hexdigest()
