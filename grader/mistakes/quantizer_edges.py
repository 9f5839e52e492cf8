"""Known mistakes of ``STE.forward`` at its edges: no bits, 0 bits, a constant tensor."""

from typing import Any

import torch

from grader.mistakes.bank import Mistake

NO_BITS = "bit is None means floating point: w comes back as it is"
ZERO_BITS = "bit == 0 means a layer without weights: the result is zeros"
CONSTANT = "alpha is 0 for a constant tensor: treat it before dividing"


def _unguarded(_: Any, w: Any, bit: Any) -> Any:
    beta, alpha = w.min(), w.max() - w.min()
    steps = 2**bit - 1
    return alpha * torch.round(steps * ((w - beta) / alpha)) / steps + beta


def _five_bits(_: Any, w: Any, bit: Any) -> Any:  # noqa: ARG001
    return _unguarded(None, w, 5)


EDGES = (
    Mistake(
        "STE.forward.none_is_zeros",
        why="with bit None the result is zeros",
        hint=NO_BITS + "; `not bit` is true for None and for 0",
        compute=lambda _, w, bit: torch.zeros_like(w),  # noqa: ARG005
        case="no_bits",
    ),
    Mistake(
        "STE.forward.none_is_not_handled",
        why="with bit None a formula is computed with None",
        hint=NO_BITS,
        compute=_unguarded,
        case="no_bits",
    ),
    Mistake(
        "STE.forward.none_is_five_bits",
        why="with bit None the weights are quantized to 32 levels",
        hint=NO_BITS,
        compute=_five_bits,
        case="no_bits",
    ),
    Mistake(
        "STE.forward.zero_is_float",
        why="with bit 0 the weights come back unquantized",
        hint=ZERO_BITS + "; `not bit` is true for None and for 0",
        compute=lambda _, w, bit: w.clone(),  # noqa: ARG005
        case="zero_bits",
    ),
    Mistake(
        "STE.forward.zero_divides_by_zero",
        why="with bit 0 the result is nan: 2^0 - 1 is 0",
        hint=ZERO_BITS,
        compute=_unguarded,
        case="zero_bits",
    ),
    Mistake(
        "STE.forward.zero_is_the_minimum",
        why="with bit 0 the result is min w everywhere",
        hint=ZERO_BITS,
        compute=lambda _, w, bit: torch.full_like(w, w.min().item()),  # noqa: ARG005
        case="zero_bits",
    ),
    Mistake(
        "STE.forward.constant_is_nan",
        why="a constant tensor becomes nan: 0 / 0",
        hint=CONSTANT,
        compute=_unguarded,
        case="constant",
    ),
    Mistake(
        "STE.forward.constant_is_zeros",
        why="a constant tensor becomes zeros",
        hint=CONSTANT + "; the weights come back unchanged",
        compute=lambda _, w, bit: torch.zeros_like(w),  # noqa: ARG005
        case="constant",
    ),
)
