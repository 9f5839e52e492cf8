"""Comparison of a quantizer's output with its definition, weight by weight."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import torch

from grader.suites.grading import Grading
from grader.suites.verdicts import MAX_INPUT_ENTRIES, CheckFailed, on_inputs, show, write_python
from reference.FP_layers import STE
from student.given.pretrained import load_embedded_weights

Case = tuple[torch.Tensor, int | None, torch.Tensor | None]
REPLY_KEYS = {"wq", "w_after", "gradient"}
EPS32 = float(np.finfo(np.float32).eps)


def quantize(grading: Grading, cases: list[Case], *, watch: bool = False) -> list[Any]:
    """Quantize weights with the student's STE.

    Args:
        grading: The grading at hand.
        cases: Weights, bits or None, and the gradient to send back or None.
        watch: Whether the weights after each call are of interest.

    Returns:
        For each case ``wq``, ``w_after`` (None unless watched) and ``gradient``.

    Raises:
        StudentFault: The student's code failed.
    """
    quantizer = grading.function("STE.forward")
    weights = list({id(w): w for w, _, _ in cases}.values())  # each travels once
    places = {id(w): place for place, w in enumerate(weights)}
    replies: list[Any] = quantizer.probe(
        "quantize_many",
        weights=weights,
        cases=[[places[id(w)], bit, g] for w, bit, g in cases],
        watch=watch,
    )
    quantizer.demand(
        replies, len(cases), lambda reply: isinstance(reply, dict) and reply.keys() >= REPLY_KEYS
    )
    replies = [{key: _detach(value) for key, value in reply.items()} for reply in replies]
    quantizer.remember([((w, bit), reply["wq"]) for (w, bit, _), reply in zip(cases, replies, strict=True)])
    return replies


def _detach(value: Any) -> Any:
    return value.detach() if isinstance(value, torch.Tensor) else value


@cache
def load_trained_weights() -> tuple[torch.Tensor, ...]:
    """Load the convolution weights of the shipped ResNet-20 that Lab 2 quantizes."""
    state = load_embedded_weights()
    return tuple(
        value for name, value in state.items() if value.ndim == 4 and not name.startswith("head_conv")
    )


@cache
def list_trained_cases() -> tuple[tuple[torch.Tensor, int, torch.Tensor], ...]:
    """List the layers of the shipped ResNet-20 with the assignment's bits and one right answer each."""
    bits = (4, 3, 2)
    cases = [(w, bit, STE.apply(w, bit)) for w in load_trained_weights() for bit in bits]
    for w, bit, right in cases:
        judge_levels("the reference", right, w, bit)
    return tuple(cases)


def demand_tensor(call: str, got: Any, w: torch.Tensor) -> torch.Tensor:
    """Demand a tensor of the shape, dtype and device of ``w``.

    Raises:
        CheckFailed: It is none.
    """
    expected = f"a tensor of shape {tuple(w.shape)}, {w.dtype}, on {w.device}"
    if not isinstance(got, torch.Tensor):
        raise CheckFailed(
            call=call,
            got=show(got),
            expected=expected,
            rationale=f"the result is {'None' if got is None else type(got).__name__}, not a tensor",
            hint="does the function return its result?" if got is None else "return a torch tensor",
        )
    for what, found, wanted in (
        ("shape", tuple(got.shape), tuple(w.shape)),
        ("dtype", got.dtype, w.dtype),
        ("device", got.device, w.device),
    ):
        if found != wanted:
            raise CheckFailed(
                call=call,
                got=f"{what} {found}",
                expected=expected,
                rationale=f"the result has {what} {found}, expected {wanted} as w",
                hint=f"keep the {what} of w",
            )
    return got


def judge_levels(call: str, got: torch.Tensor, w: torch.Tensor, bit: int) -> None:
    """Demand that every weight lies on its nearest level, either one at exact halves.

    In units of one step ``alpha / (2^bit - 1)``, a float32 evaluation in any algebraic form errs
    by a few EPS32 of the largest number that enters it: the number of levels, or the weight and the
    offset themselves. A weight whose level is nearer to a tie than that may take either one.

    Raises:
        CheckFailed: A weight lies elsewhere.
    """
    exact = w.numpy().astype(np.float64)
    values = got.numpy().astype(np.float64)  # of the dtype of w, a float32
    beta, alpha = exact.min(), exact.max() - exact.min()
    step = alpha / (2**bit - 1)
    position = (exact - beta) / step
    found = (values - beta) / step
    slack = 16.0 * EPS32 * (2.0**bit + (np.abs(exact) + abs(beta)) / step)
    levels = np.round(found)
    with np.errstate(invalid="ignore"):
        off_level = ~(np.abs(found - levels) <= slack)
        wrong_level = ~(np.abs(levels - position) <= 0.5 + slack)
    if not (off_level.any() or wrong_level.any()):
        return
    expected = STE.apply(w, bit)
    astray = off_level if off_level.any() else wrong_level
    distance = np.nan_to_num(np.abs(found - position), nan=np.inf)
    worst = np.unravel_index(int(np.argmax(np.where(astray, distance, -1.0))), values.shape)
    at = [int(index) for index in worst]
    count = len(np.unique(np.round(values / step, 3)))
    if off_level.any():
        where = f"on none of the {2**bit} levels between min w and max w"
    else:
        where = "on a level that is not the nearest"
    found_at = f"{values[worst]:.6g} at {at}"
    rationale = f"{int(astray.sum())} of {values.size} weights lie {where}"
    failure = CheckFailed(
        call=call,
        tolerance=f"{slack[worst]:.1e} steps, 16 eps (2^bit + (|w| + |beta|) / step): float32 rounding "
        "in any form of the formula; at exact halves either level is right",
        got=f"{found_at}, {count} different values: {show(values)}",
        expected=f"{float(expected[worst]):.6g} for w = {exact[worst]:.6g} at {at}; {show(expected.numpy())}",
        rationale=rationale,
        hint="ws = (w - beta) / alpha; R = round((2^bit - 1) ws) / (2^bit - 1); alpha R + beta",
    )
    if w.numel() > MAX_INPUT_ENTRIES:
        # The level of a weight depends on the two ends and on nothing else.
        short = torch.stack([w.min(), w[worst], w.max()])
        failure.inputs = (
            f"w = {write_python(short)}; bit = {bit}  # the weight shown, and the two ends, of {w.numel()}"
        )
    raise failure


def check_cases(
    grading: Grading, cases: Sequence[tuple[torch.Tensor, int, torch.Tensor | None]], what: str
) -> None:
    """Quantize weights with the student's STE and judge every level.

    Args:
        grading: The grading at hand.
        cases: Weights, bits, and a right answer that needs no judging, or None.
        what: What the weights are, in words.

    Raises:
        CheckFailed: A weight lies on the wrong level.
    """
    replies = quantize(grading, [(w, bit, None) for w, bit, _ in cases])
    for (w, bit, right), reply in zip(cases, replies, strict=True):
        text = f"STE.forward(ctx, w, bit={bit}) on {what} of shape {tuple(w.shape)}"
        with on_inputs(w=w, bit=bit):
            got = demand_tensor(text, reply["wq"], w)
            if right is None or not np.array_equal(got.numpy(), right.numpy()):
                judge_levels(text, got, w, bit)


def draw_staircase(grading: Grading, w: torch.Tensor, bits: tuple[int, ...]) -> dict[str, Any]:
    """Return the student's quantizer and the reference's over a line of weights, for the report."""
    replies = quantize(grading, [(w, bit, None) for bit in bits])
    student = {
        bit: reply["wq"].double().numpy()
        for bit, reply in zip(bits, replies, strict=True)
        if isinstance(reply["wq"], torch.Tensor)
        and reply["wq"].shape == w.shape
        and reply["wq"].is_floating_point()
    }
    reference = {bit: STE.apply(w, bit).double().numpy() for bit in bits}
    return {"bits": list(bits), "w": w.double().numpy(), "wq": student, "reference": reference}
