"""What a quantizer does to given tensors: outputs, gradients, and what it leaves of its input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from grader.worker.probes import probe

if TYPE_CHECKING:
    from grader.worker.loading import Student


@probe("run_quantizer")
def run_quantizer(
    student: Student, *, tensors: list[Any], gradients: list[Any], bits: int | None
) -> list[dict[str, Any]]:
    """Quantize tensors and pass gradients back, as a network does with its weights.

    Args:
        student: The loaded submission.
        tensors: What to quantize.
        gradients: For each tensor the gradient at the quantized one.
        bits: Number of bits; None for floating point.

    Returns:
        For each tensor: ``output``, ``gradient`` at the tensor (None where none arrives) and ``after``, the
        tensor afterwards; or ``raised``, the class of an exception.
    """
    quantizer = student.function("STE")
    return [_run_once(quantizer, *pair, bits) for pair in zip(tensors, gradients, strict=True)]


def _run_once(quantizer: Any, values: Any, gradient: Any, bits: int | None) -> dict[str, Any]:
    w = torch.as_tensor(values).clone().requires_grad_()
    try:
        output = quantizer.apply(w, bits)
        found = {
            "output": output.detach().clone() if isinstance(output, torch.Tensor) else type(output).__name__
        }
        torch.autograd.backward(output, torch.as_tensor(gradient).clone())
    except (NotImplementedError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001  # odd shapes may be refused: that too is what it does
        return {"raised": type(error).__name__, "after": w.detach().clone()}
    return found | {"gradient": w.grad, "after": w.detach().clone()}
