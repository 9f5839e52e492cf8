"""Known mistakes of ``STE.forward``."""

from typing import Any

import torch

from grader.mistakes.bank import Mistake
from grader.mistakes.quantizer_edges import EDGES

FORMULA = "follow the docstring line by line and print each of beta, alpha, ws and R"


def _quantize(w: Any, steps: Any, beta: Any, alpha: Any, rounding: Any = torch.round) -> Any:
    return alpha * rounding(steps * ((w - beta) / alpha)) / steps + beta


def _range(w: Any) -> tuple[Any, Any]:
    return w.min(), w.max() - w.min()


def _per_channel(_: Any, w: Any, bit: int) -> Any:
    flat = w.reshape(len(w), -1)
    beta = flat.min(dim=1, keepdim=True).values
    alpha = flat.max(dim=1, keepdim=True).values - beta
    return _quantize(flat, 2**bit - 1, beta, alpha).reshape(w.shape)


def _symmetric(_: Any, w: Any, bit: int) -> Any:
    steps = max(2 ** (bit - 1) - 1, 1)
    scale = w.abs().max() / steps
    return torch.round(w / scale) * scale


def _around_the_mean(_: Any, w: Any, bit: int) -> Any:
    return _quantize(w, 2**bit - 1, w.mean(), w.max() - w.min())


def _rounds_first(_: Any, w: Any, bit: int) -> Any:  # noqa: ARG001
    beta, alpha = _range(w)
    return alpha * torch.round((w - beta) / alpha) + beta


def _overflowing_codes(_: Any, w: Any, bit: int) -> Any:
    beta, alpha = _range(w)
    steps = 2**bit - 1
    codes = torch.round(steps * (w - beta) / alpha).to(torch.int32).to(torch.int8)
    return codes.to(w.dtype) / steps * alpha + beta


def _range_with_zero(_: Any, w: Any, bit: int) -> Any:
    beta = w.min().clamp(max=0)
    return _quantize(w, 2**bit - 1, beta, w.max().clamp(min=0) - beta)


def _three_sigma(_: Any, w: Any, bit: int) -> Any:
    beta = torch.maximum(w.min(), w.mean() - 3 * w.std())
    alpha = torch.minimum(w.max(), w.mean() + 3 * w.std()) - beta
    return _quantize(w.clamp(beta.item(), (alpha + beta).item()), 2**bit - 1, beta, alpha)


MISTAKES = (
    Mistake(
        "STE.forward.symmetric_scale",
        why="the scale is symmetric (the largest magnitude): the range of w is not used",
        hint="beta is the minimum of w and alpha the width of its range: the levels start at min w",
        compute=_symmetric,
    ),
    Mistake(
        "STE.forward.symmetric_range",
        why="the levels span -max|w| to max|w| instead of min w to max w",
        hint="beta is the minimum of w and alpha the width of its range",
        compute=lambda _, w, bit: _quantize(w, 2**bit - 1, -w.abs().max(), 2 * w.abs().max()),
    ),
    Mistake(
        "STE.forward.too_many_levels",
        why="the range is divided into 2^bit steps, which makes 2^bit + 1 levels",
        hint="b bits give 2^b levels; count the steps between them",
        compute=lambda _, w, bit: _quantize(w, 2**bit, *_range(w)),
    ),
    Mistake(
        "STE.forward.half_the_levels",
        why="half the levels are used: 2^(bit - 1) - 1 steps",
        hint="no bit is a sign here: all bits count levels between min w and max w",
        compute=lambda _, w, bit: _quantize(w, 2 ** (bit - 1) - 1, *_range(w)),
    ),
    Mistake(
        "STE.forward.one_bit_for_the_sign",
        why="one bit is kept for a sign: 2^(bit - 1) - 1 steps, at least 1",
        hint="no bit is a sign here: all bits count levels between min w and max w",
        compute=lambda _, w, bit: _quantize(w, max(2 ** (bit - 1) - 1, 1), *_range(w)),
    ),
    Mistake(
        "STE.forward.one_bit_too_many",
        why="2^(bit + 1) levels are used",
        hint="b bits give 2^b levels; count the steps between them",
        compute=lambda _, w, bit: _quantize(w, 2 ** (bit + 1) - 1, *_range(w)),
    ),
    Mistake(
        "STE.forward.codes_overflow",
        why="with 8 bits the codes overflow: 255 does not fit into int8",
        hint="no integer type is needed: the codes can stay floating point",
        compute=_overflowing_codes,
    ),
    Mistake(
        "STE.forward.range_holds_zero",
        why="the range is stretched so that it holds 0",
        hint="beta is the minimum of w and alpha the width of its range, wherever 0 lies",
        compute=_range_with_zero,
    ),
    Mistake(
        "STE.forward.three_sigma_range",
        why="the range is cut at three standard deviations",
        hint="the range is that of w: from its minimum to its maximum",
        compute=_three_sigma,
    ),
    Mistake(
        "STE.forward.half_the_steps",
        why="half the levels are used: 2^(bit - 1) steps",
        hint="no bit is a sign here: all bits count levels between min w and max w",
        compute=lambda _, w, bit: _quantize(w, 2 ** (bit - 1), *_range(w)),
    ),
    Mistake(
        "STE.forward.caret_is_xor",
        why="the number of levels is wrong: in Python ^ is exclusive or, not a power",
        hint="the power of two is written 2 ** bit",
        compute=lambda _, w, bit: _quantize(w, 2 ^ bit - 1, *_range(w)),
    ),
    Mistake(
        "STE.forward.caret_in_brackets_is_xor",
        why="the number of levels is wrong: in Python ^ is exclusive or, not a power",
        hint="the power of two is written 2 ** bit",
        compute=lambda _, w, bit: _quantize(w, (2 ^ bit) - 1, *_range(w)),
    ),
    Mistake(
        "STE.forward.bits_as_levels",
        why="bit levels are used instead of 2^bit",
        hint="b bits give 2^b levels",
        compute=lambda _, w, bit: _quantize(w, bit - 1, *_range(w)),
    ),
    Mistake(
        "STE.forward.bits_as_steps",
        why="bit steps are used instead of 2^bit - 1",
        hint="b bits give 2^b levels",
        compute=lambda _, w, bit: _quantize(w, bit, *_range(w)),
    ),
    Mistake(
        "STE.forward.square_of_bits",
        why="bit squared is used instead of 2 to the power of bit",
        hint="b bits give 2^b levels",
        compute=lambda _, w, bit: _quantize(w, bit**2 - 1, *_range(w)),
    ),
    Mistake(
        "STE.forward.floor",
        why="the scaled weights are rounded down instead of to the nearest level",
        hint="conversion to int and // round down; torch.round rounds to the nearest",
        compute=lambda _, w, bit: _quantize(w, 2**bit - 1, *_range(w), rounding=torch.floor),
    ),
    Mistake(
        "STE.forward.ceil",
        why="the scaled weights are rounded up instead of to the nearest level",
        hint="torch.round rounds to the nearest level",
        compute=lambda _, w, bit: _quantize(w, 2**bit - 1, *_range(w), rounding=torch.ceil),
    ),
    Mistake(
        "STE.forward.rounds_before_scaling",
        why="ws is rounded before it is multiplied by the number of steps: two levels are left",
        hint=FORMULA,
        compute=_rounds_first,
    ),
    Mistake(
        "STE.forward.not_quantized",
        why="w comes back unquantized",
        hint="is the rounding there, and is its result used?",
        compute=lambda _, w, bit: w.clone(),  # noqa: ARG005
    ),
    Mistake(
        "STE.forward.beta_not_added_back",
        why="the levels start at 0: beta is not added back at the end",
        hint=FORMULA,
        compute=lambda _, w, bit: _quantize(w, 2**bit - 1, *_range(w)) - w.min(),
    ),
    Mistake(
        "STE.forward.beta_not_subtracted",
        why="beta is not subtracted before scaling, so ws is not in [0, 1]",
        hint=FORMULA,
        compute=lambda _, w, bit: _quantize(w, 2**bit - 1, 0.0, _range(w)[1]) + w.min(),
    ),
    Mistake(
        "STE.forward.beta_forgotten",
        why="beta is neither subtracted nor added back",
        hint=FORMULA,
        compute=lambda _, w, bit: _quantize(w, 2**bit - 1, 0.0, _range(w)[1]),
    ),
    Mistake(
        "STE.forward.beta_subtracted_twice",
        why="beta is subtracted at the end, where it is to be added",
        hint=FORMULA,
        compute=lambda _, w, bit: _quantize(w, 2**bit - 1, *_range(w)) - 2 * w.min(),
    ),
    Mistake(
        "STE.forward.alpha_is_the_maximum",
        why="alpha is the maximum of w instead of the width of its range",
        hint="ws must reach from 0 to 1",
        compute=lambda _, w, bit: _quantize(w, 2**bit - 1, w.min(), w.max()),
    ),
    Mistake(
        "STE.forward.alpha_is_the_largest_magnitude",
        why="alpha is the largest magnitude of w instead of the width of its range",
        hint="ws must reach from 0 to 1",
        compute=lambda _, w, bit: _quantize(w, 2**bit - 1, w.min(), w.abs().max()),
    ),
    Mistake(
        "STE.forward.beta_is_the_mean",
        why="beta is the mean of w instead of its minimum",
        hint="ws must reach from 0 to 1",
        compute=_around_the_mean,
    ),
    Mistake(
        "STE.forward.beta_is_the_maximum",
        why="the levels are counted down from the maximum, and the result is mirrored",
        hint="beta is the minimum of w",
        compute=lambda _, w, bit: w.max() + w.min() - _quantize(w, 2**bit - 1, *_range(w)),
    ),
    Mistake(
        "STE.forward.per_channel",
        why="every output channel has its own scale",
        hint="alpha and beta are taken over the whole tensor",
        compute=_per_channel,
    ),
    Mistake(
        "STE.forward.returns_codes",
        why="the result holds the integer codes 0 ... 2^bit - 1",
        hint="scale the codes back to the range of w",
        compute=lambda _, w, bit: torch.round((2**bit - 1) * (w - w.min()) / _range(w)[1]),
    ),
    Mistake(
        "STE.forward.returns_scaled",
        why="the result is R, in [0, 1]",
        hint="scale back to the range of w",
        compute=lambda _, w, bit: torch.round((2**bit - 1) * (w - w.min()) / _range(w)[1]) / (2**bit - 1),
    ),
    Mistake(
        "STE.forward.not_divided_by_steps",
        why="after rounding, the division by 2^bit - 1 is missing: the result is too large",
        hint=FORMULA,
        compute=lambda _, w, bit: (
            _range(w)[1] * torch.round((2**bit - 1) * (w - w.min()) / _range(w)[1]) + w.min()
        ),
    ),
    Mistake(
        "STE.forward.fixed_symmetric_range",
        why="the range is fixed to [-1, 1]",
        hint="dynamic scaling: alpha and beta come from w",
        compute=lambda _, w, bit: _quantize(w.clamp(-1, 1), 2**bit - 1, -1.0, 2.0),
    ),
    Mistake(
        "STE.forward.fixed_symmetric_range_unclamped",
        why="the scale is that of the fixed range [-1, 1]",
        hint="dynamic scaling: alpha and beta come from w",
        compute=lambda _, w, bit: _quantize(w, 2**bit - 1, -1.0, 2.0),
    ),
    Mistake(
        "STE.forward.fixed_unit_range",
        why="the range is fixed to [0, 1]",
        hint="dynamic scaling: alpha and beta come from w",
        compute=lambda _, w, bit: _quantize(w.clamp(0, 1), 2**bit - 1, 0.0, 1.0),
    ),
    Mistake(
        "STE.forward.fixed_bits",
        why="bit has no effect: always 4 bits are used",
        hint="use the argument bit",
        compute=lambda _, w, bit: _quantize(w, 15, *_range(w)),  # noqa: ARG005
    ),
    *EDGES,
)
