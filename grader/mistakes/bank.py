"""What a known mistake is, and the cases in which mistakes show."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

PLAIN = "plain"


@dataclass(frozen=True)
class Mistake:
    """A known wrong way to write one of the six functions.

    Attributes:
        id: The function's name and the mistake's, such as ``"gd_step.no_factor_two"``.
        why: What is wrong, one sentence for the student.
        hint: How to go on, without the solution.
        compute: The wrong function, with the signature of the right one. It may raise: then
            the mistake is to raise an exception of that type.
        case: The kind of input that shows it: ``"plain"``, or an edge such as ``"k_zero"`` on
            which only this part of the function is exercised.
    """

    id: str
    why: str
    hint: str
    compute: Callable[..., Any]
    case: str = PLAIN

    @property
    def function(self) -> str:
        """The function the mistake is made in."""
        return self.id.rpartition(".")[0]


def classify(function: str, args: Sequence[Any], kwargs: dict[str, Any]) -> str:
    """Name the case that an input belongs to.

    Mistakes of the plain case are judged on plain inputs alone, so that a second slip at an
    edge (no bits, ``k = 0``, ties) does not hide the first.

    Args:
        function: One of the six functions.
        args: Positional arguments of the call.
        kwargs: Keyword arguments of the call.

    Returns:
        ``"plain"`` or the name of an edge.

    Examples:
        >>> import numpy as np
        >>> classify("prune_topk", (np.array([[1.0], [-1.0], [0.5]]), 1), {})
        'ties'
        >>> classify("STE.forward", (None, np.ones(3), None), {})
        'no_bits'
    """
    if function == "gd_step":
        W, l1 = args[0], kwargs.get("l1", args[4] if len(args) > 4 else 0.0)
        return "zero_weights" if l1 and (W == 0).any() else PLAIN
    if function in {"prune_topk", "trimmed_l1_prox"}:
        k = kwargs.get("k", args[-1])
        return _classify_selection(args[0], k)
    if function == "STE.forward":
        return _classify_quantization(args[-2], args[-1])
    if function == "avg_precision":
        return "zero_bit_layers" if any(layer.Nbits == 0 for layer in args[0]) else PLAIN
    return PLAIN


def _classify_selection(W: Any, k: int) -> str:
    if k == 0:
        return "k_zero"
    magnitudes = sorted((abs(float(entry)) for entry in W.reshape(-1)), reverse=True)
    tied = k < len(magnitudes) and magnitudes[k - 1] == magnitudes[k]
    return "ties" if tied else PLAIN


def _classify_quantization(w: Any, bit: int | None) -> str:
    if bit is None:
        return "no_bits"
    if bit == 0:
        return "zero_bits"
    return "constant" if w.max() == w.min() else PLAIN
