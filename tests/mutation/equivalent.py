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
_BITS = "bits = sum(((FLOAT_BITS if m.Nbits is None else m.Nbits) * m.weight.numel() for m in layers))"


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
                _BITS: (
                    "bits = sum((m.weight.numel() * (FLOAT_BITS if m.Nbits is None else m.Nbits) for m in layers))",
                ),
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
        "W is a column: its first axis holds all entries",
        _both("np.argsort(-np.abs(W), axis=0, kind='stable')[:k]"),
    ),
    Reason(
        Equality.SAME,
        "zeros of the form of W, whatever is in W and whatever they are multiplied with",
        {
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
        "Nbits is a number or None, and no number equals None",
        {
            "avg_precision": {
                _BITS: (
                    "bits = sum(((FLOAT_BITS if m.Nbits == None else m.Nbits) * m.weight.numel() for m in layers))",
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
