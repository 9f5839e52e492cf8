"""Quantizers that work on one device only, told by what PyTorch says of them."""

from __future__ import annotations

from student.given.finetuning import DEVICE_MISTAKES

DEVICE_HINT = "compute with torch functions on w itself, without .cuda(), .cpu() or .numpy()"
ON_THE_CPU_ONLY = ("device type tensor to numpy",)
ON_A_GPU_ONLY = ("compiled with CUDA", "No CUDA GPUs", "NVIDIA driver")


def describe_device_mistake(message: str) -> str:
    """Say that a quantizer works on one device only, where its exception shows it.

    Args:
        message: The exception's text.

    Returns:
        A clause for a report; empty where the exception is about something else.

    Examples:
        >>> describe_device_mistake("No CUDA GPUs are available")
        'the quantizer works on a GPU only: it asks for CUDA whatever device w is on'
        >>> describe_device_mistake("can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu()")
        'the quantizer works on the CPU only: it makes a NumPy array of w, which a tensor on a GPU refuses'
        >>> describe_device_mistake("division by zero")
        ''
    """
    if not any(words in message for words in DEVICE_MISTAKES):
        return ""
    if any(words in message for words in ON_A_GPU_ONLY):
        return "the quantizer works on a GPU only: it asks for CUDA whatever device w is on"
    if any(words in message for words in ON_THE_CPU_ONLY):
        why = "it makes a NumPy array of w, which a tensor on a GPU refuses"
        return f"the quantizer works on the CPU only: {why}"
    return "the quantizer works on one device only: it mixes w with values of another device"
