"""What the self-test of a worker with a device runs in it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from grader.worker.probes import probe

if TYPE_CHECKING:
    from grader.worker.loading import Student

_SIZE, _CHANNELS = 32, 16
_SECONDS_KEPT = 1.0


@probe("try_device")
def try_device(_student: Student, *, device_bytes: int) -> dict[str, Any]:
    """Compute a convolution and its gradient on the device and on the CPU, both in float32.

    Args:
        device_bytes: What the worker may use of the device; PyTorch is told, as a first bound.

    Returns:
        ``difference``, the largest, relative to the largest value; ``name``, the device.
    """
    import torch

    from student.given.devices import bound_device_memory, use_precision

    bound_device_memory(device_bytes)
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(8, _CHANNELS, _SIZE, _SIZE, generator=generator)
    w = torch.randn(_CHANNELS, _CHANNELS, 3, 3, generator=generator)
    found = []
    with use_precision("float32"):
        for device in ("cpu", "cuda"):
            weight = w.to(device).requires_grad_()
            y = torch.nn.functional.conv2d(x.to(device), weight, padding=1)
            torch.autograd.backward(y.square().mean())
            found.append((y.detach().cpu(), weight.grad.cpu() if weight.grad is not None else w))
    pairs = zip(*found, strict=True)
    difference = max(float((a - b).abs().max() / a.abs().max()) for a, b in pairs)
    return {"difference": difference, "name": torch.cuda.get_device_name()}


@probe("take_memory")
def take_memory(_student: Student, *, memory_bytes: int) -> int:
    """Take memory, touch all of it, and keep it for a second.

    Args:
        memory_bytes: How much.

    Returns:
        How much was taken.
    """
    taken = bytearray(memory_bytes)
    time.sleep(_SECONDS_KEPT)
    return len(taken)
