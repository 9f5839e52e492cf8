"""The mutants that answer as rightly as the reference, each with the reason and how it is proven.

A mutant is here because of its mathematics, not because it survived: a test runs every one of them
on thousands of inputs that the docstrings allow and holds it against the kind of equality that its
reason claims.
"""

from dataclasses import dataclass
from enum import Enum

from tests.mutation.generate import MOVED


class Equality(Enum):
    """How far the answers of a mutant may be from the reference's."""

    SAME = "equal to the last bit (0 and -0 are equal)"
    ROUNDING = "equal in exact arithmetic, and in float64 but for a few roundings"
    TIES = "equal where no magnitudes tie, and another right choice where they do"


@dataclass(frozen=True)
class Reason:
    """Why mutants are right.

    Attributes:
        equality: What the test demands of them.
        text: The reason.
        mutants: By function: the statement before, and what becomes of it.
    """

    equality: Equality
    text: str
    mutants: dict[str, dict[str, tuple[str, ...]]]


_STEP = "return W - lr * (2.0 * X.T @ (X @ W - y) + l1 * np.sign(W))"
_SOFT = "return np.sign(W) * np.maximum(np.abs(W) - threshold, 0.0)"
_KEPT = "kept = np.argsort(-np.abs(W), axis=None, kind='stable')[:k]"
_UNPENALIZED = "unpenalized = np.argsort(-np.abs(W), axis=None, kind='stable')[:k]"
_LAYERS = "layers = [m for m in net.modules() if isinstance(m, FP_Conv | FP_Linear)]"
_BITS_OF_LAYER = "(FLOAT_BITS if m.Nbits is None else m.Nbits)"
_BITS = f"bits = sum(({_BITS_OF_LAYER} * m.weight.numel() for m in layers))"
_CONSTANT = "if alpha == 0:"
_NO_BITS = "if bit == 0:"


def _both(change: str) -> dict[str, dict[str, tuple[str, ...]]]:
    """Give the same change of the sort in prune_topk and in trimmed_l1_prox."""
    return {
        "prune_topk": {_KEPT: (f"kept = {change}",)},
        "trimmed_l1_prox": {_UNPENALIZED: (f"unpenalized = {change}",)},
    }


REASONS: tuple[Reason, ...] = (
    Reason(
        Equality.SAME,
        "a product or a sum of two terms, or a union of classes, does not depend on the order",
        {
            "gd_step": {
                _STEP: (
                    "return W - (2.0 * X.T @ (X @ W - y) + l1 * np.sign(W)) * lr",
                    "return W - lr * (l1 * np.sign(W) + 2.0 * X.T @ (X @ W - y))",
                    "return W - lr * (X.T * 2.0 @ (X @ W - y) + l1 * np.sign(W))",
                    "return W - lr * (2.0 * X.T @ (X @ W - y) + np.sign(W) * l1)",
                )
            },
            "soft_threshold": {
                _SOFT: (
                    "return np.maximum(np.abs(W) - threshold, 0.0) * np.sign(W)",
                    "return np.sign(W) * np.maximum(0.0, np.abs(W) - threshold)",
                )
            },
            "STE": {
                "R = torch.round(steps * ws) / steps": ("R = torch.round(ws * steps) / steps",),
                "return alpha * R + beta": ("return beta + alpha * R", "return R * alpha + beta"),
            },
            "avg_precision": {
                _LAYERS: ("layers = [m for m in net.modules() if isinstance(m, FP_Linear | FP_Conv)]",),
                _BITS: (f"bits = sum((m.weight.numel() * {_BITS_OF_LAYER} for m in layers))",),
            },
        },
    ),
    Reason(
        Equality.SAME,
        "twice a number has the sign of the number",
        {
            "gd_step": {_STEP: ("return W - lr * (2.0 * X.T @ (X @ W - y) + l1 * np.sign(2 * W))",)},
            "soft_threshold": {_SOFT: ("return np.sign(2 * W) * np.maximum(np.abs(W) - threshold, 0.0)",)},
        },
    ),
    Reason(
        Equality.SAME,
        "a number and its negative have the same magnitude",
        {
            "soft_threshold": {_SOFT: ("return np.sign(W) * np.maximum(np.abs(-W) - threshold, 0.0)",)},
            **_both("np.argsort(-np.abs(-W), axis=None, kind='stable')[:k]"),
        },
    ),
    *(
        Reason(Equality.SAME, "doubling is exact and keeps the order of magnitudes", _both(change))
        for change in (
            "np.argsort(-(2 * np.abs(W)), axis=None, kind='stable')[:k]",
            "np.argsort(-np.abs(2 * W), axis=None, kind='stable')[:k]",
        )
    ),
    *(
        Reason(
            Equality.TIES,
            "an increasing function of the magnitude keeps their order, but for magnitudes that become "
            "equal when it is rounded",
            _both(change),
        )
        for change in (
            "np.argsort(-(np.abs(W) + 1), axis=None, kind='stable')[:k]",
            "np.argsort(-np.square(W), axis=None, kind='stable')[:k]",
        )
    ),
    *(
        Reason(
            Equality.TIES, "a sort of another kind orders equal magnitudes differently only", _both(change)
        )
        for change in (
            "np.argsort(-np.abs(W), axis=None)[:k]",
            "np.argsort(-np.abs(W), axis=None, kind='quicksort')[:k]",
            "np.argsort(-np.abs(W), axis=None, kind='heapsort')[:k]",
            "np.argsort(-np.abs(W), axis=None, kind='mergesort')[:k]",
        )
    ),
    Reason(
        Equality.SAME,
        "with alpha, or the number of steps, negated, ws and R change their sign too (rounding to even is "
        "symmetric), and their product with alpha does not",
        {
            "STE": {
                "alpha = w.max() - beta": ("alpha = beta - w.max()", "alpha = -(w.max() - beta)"),
                "steps = 2 ** bit - 1": ("steps = 1 - 2 ** bit", "steps = -(2 ** bit - 1)"),
            },
        },
    ),
    Reason(
        Equality.SAME,
        "the docstring asks for w itself; the reference's copy is equal to it",
        {
            "STE": {
                "if bit is None: return w.clone()": ("if bit is None: return w",),
                f"{_CONSTANT} return w.clone()": (f"{_CONSTANT} return w",),
            },
        },
    ),
    Reason(
        Equality.SAME,
        "alpha is at least 0 and the number of bits too, and a multiple of a number is 0 where the number is",
        {
            "STE": {
                _NO_BITS: ("if bit <= 0:", "if -bit == 0:", "if 2 * bit == 0:", "if bit == 0.0:"),
                _CONSTANT: ("if alpha <= 0:", "if -alpha == 0:", "if 2 * alpha == 0:", "if alpha == 0.0:"),
            },
        },
    ),
    Reason(
        Equality.SAME,
        "CPython has one object for each small integer, and bit is a Python integer",
        {"STE": {_NO_BITS: ("if bit is 0:",)}},
    ),
    Reason(
        Equality.SAME,
        "W is a column: its first axis holds all entries",
        _both("np.argsort(-np.abs(W), axis=0, kind='stable')[:k]"),
    ),
    Reason(
        Equality.SAME,
        "zeros of the form of W or w, whatever is in it and whatever they are multiplied with",
        {
            "STE": {
                f"{_NO_BITS} return torch.zeros_like(w)": (
                    f"{_NO_BITS} return -torch.zeros_like(w)",
                    f"{_NO_BITS} return 2 * torch.zeros_like(w)",
                    f"{_NO_BITS} return torch.zeros_like(-w)",
                    f"{_NO_BITS} return torch.zeros_like(w + 1)",
                    f"{_NO_BITS} return torch.zeros_like(2 * w)",
                )
            },
            "prune_topk": {
                "pruned = np.zeros_like(W)": (
                    "pruned = -np.zeros_like(W)",
                    "pruned = 2 * np.zeros_like(W)",
                    "pruned = np.zeros_like(-W)",
                    "pruned = np.zeros_like(W + 1)",
                    "pruned = np.zeros_like(2 * W)",
                )
            },
        },
    ),
    Reason(
        Equality.SAME,
        "neither of the two statements uses what the other computes",
        {
            "prune_topk": {_KEPT: (MOVED,)},
            "trimmed_l1_prox": {_UNPENALIZED: (MOVED,)},
            "STE": {"steps = 2 ** bit - 1": (MOVED,)},
            "avg_precision": {"elements = sum((m.weight.numel() for m in layers))": (MOVED,)},
        },
    ),
    Reason(
        Equality.SAME,
        "a condition asks only whether its value is zero",
        {
            "avg_precision": {
                _LAYERS: (
                    "layers = [m for m in net.modules() if -isinstance(m, FP_Conv | FP_Linear)]",
                    "layers = [m for m in net.modules() if 2 * isinstance(m, FP_Conv | FP_Linear)]",
                )
            },
        },
    ),
    Reason(
        Equality.SAME,
        "the number of bits is a number or None, and no number equals None",
        {
            "STE": {"if bit is None:": ("if bit == None:",)},
            "avg_precision": {
                _BITS: (
                    f"bits = sum(({_BITS_OF_LAYER.replace('is', '==')} * m.weight.numel() for m in layers))",
                )
            },
        },
    ),
    Reason(
        Equality.SAME,
        "the quotient of two integers is a float already",
        {"avg_precision": {"return float(bits / elements)": ("return bits / elements",)}},
    ),
)


def list_equivalent() -> dict[tuple[str, str, str], Reason]:
    """List the reasons by function, statement before and what becomes of it.

    Raises:
        ValueError: A mutant is listed twice.
    """
    listed: dict[tuple[str, str, str], Reason] = {}
    for reason in REASONS:
        for function, statements in reason.mutants.items():
            for before, changes in statements.items():
                for after in changes:
                    if (function, before, after) in listed:
                        raise ValueError(f"{function}: {before} -> {after} is listed twice")
                    listed[function, before, after] = reason
    return listed
