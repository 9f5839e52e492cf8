"""Choosing a device and preparing it."""

import contextlib
import ctypes
import sys

import torch

from .errors import DeviceError

CPU, CUDA, AUTO = "cpu", "cuda", "auto"
PRECISIONS = ("float32", "tf32", "bfloat16")


def choose_device(name=AUTO):
    """Choose where to compute.

    Args:
        name: ``"auto"`` (CUDA where there is one), ``"cpu"``, ``"cuda"`` or ``"cuda:1"``.

    Returns:
        A `torch.device`.

    Raises:
        DeviceError: The device is not there, or has no such name.

    Examples:
        >>> choose_device("cpu")
        device(type='cpu')
    """
    if name == AUTO:
        name = CUDA if torch.cuda.is_available() else CPU
    try:
        device = torch.device(name)
    except RuntimeError:
        device = None
    if device is None or device.type not in {CPU, CUDA}:
        raise DeviceError(f"--device {name}: expected auto, cpu, cuda or cuda:N")
    if device.type == CUDA and not torch.cuda.is_available():
        why = "this PyTorch was built without CUDA" if torch.version.cuda is None else "PyTorch finds no GPU"
        raise DeviceError(f"--device {name}: {why}", hint="leave --device out, or check nvidia-smi")
    if device.type == CUDA and (device.index or 0) >= torch.cuda.device_count():
        raise DeviceError(f"--device {name}: found {torch.cuda.device_count()} CUDA devices")
    return device


def bound_device_memory(most_bytes):
    """Tell PyTorch how much memory of the CUDA device this process may take.

    PyTorch keeps to it; code that sets it anew, or allocates in another way, does not.

    Args:
        most_bytes: The most that it may take.
    """
    total = torch.cuda.get_device_properties(torch.cuda.current_device()).total_memory
    torch.cuda.set_per_process_memory_fraction(min(1.0, most_bytes / total))


def keep_freed_memory():
    """Tell the C library to keep freed memory instead of returning it to the system.

    Training frees and allocates the same megabytes at every step; returning them costs a page
    fault per 4 kB the next time. It holds for the whole process and changes no result.

    Returns:
        Whether the C library took it (glibc does).
    """
    if not sys.platform.startswith("linux"):
        return False
    trim_threshold, top_pad, mmap_threshold = -1, -2, -3
    try:
        mallopt = ctypes.CDLL(None).mallopt
        settings = ((mmap_threshold, 1 << 30), (trim_threshold, (1 << 31) - 1), (top_pad, 1 << 28))
        return sum(mallopt(option, value) for option, value in settings) == len(settings)
    except (OSError, AttributeError):
        return False


@contextlib.contextmanager
def use_precision(precision):
    """Set how CUDA multiplies float32 inside the block, and restore it after.

    Args:
        precision: ``"float32"`` (IEEE products), ``"tf32"`` (products of 10 bits) or ``"bfloat16"``
            (as ``"tf32"`` where autocast leaves float32).

    Raises:
        ValueError: It is none of these.
    """
    if precision not in PRECISIONS:
        raise ValueError(f"precision: found {precision!r}, expected one of {', '.join(PRECISIONS)}")
    before = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    allowed = precision != "float32"
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = allowed
    try:
        yield
    finally:
        torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = before
