"""The inputs of the public checks: fixed, drawn once, and none of them hidden."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.mistakes.bank import PLAIN

EncodedCalls = list[tuple[list[Any], dict[str, Any]]]


@dataclass(frozen=True)
class PublicCheck:
    """What one public check claims, and the calls that show it.

    Attributes:
        claim: The claim, as ``hw4 check`` prints it.
        item: The rubric item it prepares.
        case: The case of its inputs, see `grader.mistakes.bank.classify`.
        calls: Positional and keyword arguments in the form of the data file: numbers, None,
            ``{"array": ...}`` (float64), ``{"tensor": ...}`` (float32), ``{"network": ...}``.
    """

    claim: str
    item: str
    case: str
    calls: EncodedCalls = field(default_factory=list)


def _array(values: Any) -> dict[str, Any]:
    return {"array": np.round(np.asarray(values, dtype=np.float64), 2).tolist()}


def _column(rng: np.random.Generator, d: int) -> Any:
    """Draw weights whose magnitudes and signed values are all clearly apart."""
    magnitudes = 0.25 * (1 + rng.permutation(2 * d)[:d]) + rng.uniform(0.02, 0.1, d)
    signs = np.where(np.arange(d) % 2 == 0, -1.0, 1.0)[rng.permutation(d)]
    return (signs * magnitudes).reshape(-1, 1)


def _regression(rng: np.random.Generator, n: int, d: int) -> list[Any]:
    X, y = rng.normal(size=(n, d)), rng.normal(scale=3.0, size=(n, 1))
    return [_array(_column(rng, d)), _array(X), _array(y)]


def _regression_across_zero(rng: np.random.Generator, n: int, d: int, lr: float, l1: float) -> list[Any]:
    """Draw until the step takes weights across zero and one close to it: there the methods differ."""
    while True:
        drawn = _regression(rng, n, d)
        W, X, y = (np.array(value["array"]) for value in drawn)
        stepped = W - 2.0 * lr * X.T @ (X @ W - y)
        if (stepped * W < 0).any() and np.abs(stepped).min() < 0.5 * lr * l1:
            return drawn


def _gradient_steps(rng: np.random.Generator) -> Iterator[PublicCheck]:
    without: EncodedCalls = [
        ([*_regression(rng, n, d), lr], {}) for n, d, lr in [(3, 5, 0.02), (2, 5, 0.05), (4, 3, 0.1)]
    ]
    yield PublicCheck("one full-batch gradient step on L", "lab1.b", PLAIN, without)
    penalized: EncodedCalls = [
        ([*_regression_across_zero(rng, n, d, lr, l1), lr], {"l1": l1})
        for n, d, lr, l1 in [(3, 5, 0.08, 2.0), (2, 5, 0.1, 0.8), (5, 4, 0.06, 1.5)]
    ]
    yield PublicCheck("one step on L + l1 * ||W||_1", "lab1.d", PLAIN, penalized)
    at_zero: EncodedCalls = []
    for n, d, lr, l1 in [(3, 5, 0.02, 2.0), (2, 4, 0.1, 1.0)]:
        W, X, y = _regression(rng, n, d)
        W["array"][0], W["array"][-1] = [0.0], [0.0]
        at_zero.append(([W, X, y, lr], {"l1": l1}))
    yield PublicCheck("the penalty leaves weights that are 0 alone", "lab1.d", "zero_weights", at_zero)


def _pruning(rng: np.random.Generator) -> Iterator[PublicCheck]:
    sizes = [(5, 2), (6, 3), (7, 1), (8, 5), (4, 4)]
    plain: EncodedCalls = [([_array(_column(rng, d)), k], {}) for d, k in sizes]
    yield PublicCheck("keeps the k entries of largest magnitude", "lab1.c", PLAIN, plain)
    yield PublicCheck("k = 0 keeps nothing", "lab1.c", "k_zero", [([_array(_column(rng, 4)), 0], {})])
    yield PublicCheck("on ties exactly k entries stay", "lab1.c", "ties", [([W, 2], {}) for W in _tied()])


def _tied() -> list[dict[str, Any]]:
    return [_array([[2.0], [-1.0], [1.0], [0.5], [1.0]]), _array([[1.5], [1.5], [-1.5], [0.25]])]


def _soft_thresholding(rng: np.random.Generator) -> Iterator[PublicCheck]:
    plain: EncodedCalls = [
        ([_array(_column(rng, d)), threshold], {}) for d, threshold in [(5, 0.75), (6, 1.0), (7, 0.4)]
    ]
    plain.append(([_array(rng.uniform(-2, 2, size=(2, 3))), 0.5], {}))
    yield PublicCheck("solves argmin_V 1/2 ||V - W||^2 + threshold ||V||_1", "lab1.e", PLAIN, plain)
    zero: EncodedCalls = [([_array(_column(rng, 4)), 0.0], {}), ([_array([[0.5], [-0.5], [0.0]]), 0.5], {})]
    yield PublicCheck("at the edge: threshold 0, and |W| = threshold", "lab1.e", PLAIN, zero)


def _trimming(rng: np.random.Generator) -> Iterator[PublicCheck]:
    sizes = [(5, 0.75, 2), (6, 1.0, 3), (7, 0.5, 1), (8, 0.6, 5), (6, 0.8, 4)]
    plain: EncodedCalls = [([_array(_column(rng, d)), threshold, k], {}) for d, threshold, k in sizes]
    yield PublicCheck("shrinks all but the k entries of largest magnitude", "lab1.f", PLAIN, plain)
    none: EncodedCalls = [([_array(_column(rng, 5)), 0.5, 0], {})]
    yield PublicCheck("k = 0 shrinks every entry", "lab1.f", "k_zero", none)
    ties: EncodedCalls = [([W, 0.25, 2], {}) for W in _tied()]
    yield PublicCheck("on ties exactly k entries pass", "lab1.f", "ties", ties)


def _with_outlier(encoded: dict[str, Any]) -> dict[str, Any]:
    encoded["tensor"][1][2] = 3.0
    return encoded


def _quantization(rng: np.random.Generator) -> Iterator[PublicCheck]:
    def tensor(*shape: int, low: float = -1.5, high: float = 2.5) -> dict[str, Any]:
        return {"tensor": np.round(rng.uniform(low, high, size=shape), 3).tolist()}

    plain: EncodedCalls = [
        ([tensor(2, 4), 2], {}),
        ([tensor(3, 4), 3], {}),
        ([tensor(2, 2, 2, 2, low=-0.7, high=0.3), 4], {}),
        ([tensor(4, 3, low=0.6, high=1.9), 1], {}),
        ([tensor(2, 5, low=-3.0, high=-0.4), 6], {}),
        ([_with_outlier(tensor(6, 4, low=-0.3, high=0.4)), 8], {}),
        ([_with_outlier(tensor(7, 3, low=-0.5, high=0.2)), 8], {}),
    ]
    yield PublicCheck("rounds to the nearest of 2^bit levels from min w to max w", "lab2.a", PLAIN, plain)
    yield PublicCheck("bit None: w as it is", "lab2.a", "no_bits", [([tensor(2, 3), None], {})])
    yield PublicCheck("bit 0: zeros", "lab2.a", "zero_bits", [([tensor(2, 3), 0], {})])
    constant: EncodedCalls = [([{"tensor": [[0.75, 0.75], [0.75, 0.75]]}, 4], {})]
    yield PublicCheck("a constant tensor comes back unchanged", "lab2.a", "constant", constant)


def _averages(_: np.random.Generator) -> Iterator[PublicCheck]:
    def conv(inputs: int, outputs: int, side: int, bits: int | None, bias: bool = False) -> list[Any]:
        return ["conv", inputs, outputs, side, bits, bias]

    networks: list[list[Any]] = [
        [conv(1, 4, 3, 4), conv(4, 8, 3, 2), ["linear", 8, 5, 3, False]],
        [conv(3, 8, 3, None), conv(8, 8, 3, 5, bias=True), ["norm", 8], ["linear", 8, 10, None, True]],
        [
            conv(3, 4, 3, 8),
            ["block", [conv(4, 8, 3, 3), ["norm", 8], conv(4, 8, 1, 6)]],
            ["plain", 8, 8],
            ["linear", 8, 4, 7, True],
        ],
        [
            ["block", [conv(2, 6, 5, 2, bias=True), ["norm", 6], ["plain", 6, 4]]],
            ["linear", 6, 5, None, True],
            conv(5, 3, 1, 9),
        ],
    ]
    plain: EncodedCalls = [([{"network": net}], {}) for net in networks]
    yield PublicCheck("the mean bits over all weight elements", "lab2.e", PLAIN, plain)
    zero: list[Any] = [conv(1, 4, 3, 0), conv(4, 4, 3, 6), ["linear", 4, 3, None, False]]
    yield PublicCheck(
        "a layer with Nbits = 0 counts 0 bits", "lab2.e", "zero_bit_layers", [([{"network": zero}], {})]
    )


def public_checks(function: str) -> list[PublicCheck]:
    """List the public checks of a function.

    Args:
        function: One of the six functions.

    Returns:
        Its checks, the same at every call.

    Examples:
        >>> [check.claim for check in public_checks("prune_topk")][1]
        'k = 0 keeps nothing'
    """
    makers = {
        "gd_step": _gradient_steps,
        "prune_topk": _pruning,
        "soft_threshold": _soft_thresholding,
        "trimmed_l1_prox": _trimming,
        "STE.forward": _quantization,
        "avg_precision": _averages,
    }
    seed = list(makers).index(function) + 590
    return list(makers[function](np.random.default_rng(seed)))
