"""Lab 2(a): the linear quantizer with dynamic scaling, and its straight-through gradient."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from grader.suites import quantization
from grader.suites.grading import Grading
from grader.suites.verdicts import CheckFailed, on_inputs, show

SHAPES = ((7,), (5, 3), (4, 3, 3, 3), (1, 16, 1, 1), (10, 64), (33, 9, 3, 3))


def _draw(rng: np.random.Generator, shape: tuple[int, ...]) -> torch.Tensor:
    """Draw weights of a random scale whose mean is not their middle."""
    scale, shift = 10.0 ** rng.uniform(-2, 1), rng.uniform(-1.5, 1.5)
    values = scale * (rng.normal(size=shape) + rng.exponential(size=shape) + shift)
    return torch.tensor(values, dtype=torch.float32)


@pytest.mark.check("lab2.a.levels")
def test_quantizer_on_random_tensors(grading: Grading) -> None:
    """STE.forward rounds to the nearest of the 2^bit levels between min w and max w, at 1 to 8 bits."""
    rng = grading.rng("lab2.a.levels")
    cases: list[tuple[torch.Tensor, int, None]] = [
        (_draw(rng, SHAPES[index % len(SHAPES)]), 1 + index % 8, None) for index in range(16)
    ]
    negative = -torch.rand(4, 9, generator=torch.Generator().manual_seed(int(rng.integers(2**31)))) - 0.5
    cases.append((negative, 3, None))
    quantization.check_cases(grading, cases, "random weights")


@pytest.mark.check("lab2.a.layers")
def test_quantizer_on_the_layers_of_resnet20(grading: Grading) -> None:
    """STE.forward quantizes every convolution of a trained ResNet-20 at the bits of the assignment."""
    staircase = torch.linspace(-1.0, 1.5, 101)
    grading.evidence["staircase"] = quantization.draw_staircase(grading, staircase, (2, 3, 4))
    quantization.check_cases(grading, quantization.list_trained_cases(), "a trained layer")


@pytest.mark.check("lab2.a.special")
def test_quantizer_at_its_ends(grading: Grading) -> None:
    """None returns the weights, 0 bits return zeros, a constant tensor comes back unchanged."""
    rng = grading.rng("lab2.a.special")
    w, constant = _draw(rng, (4, 5)), torch.full((3, 4), float(rng.uniform(-2, 2)))
    for weights, bit, expected, what in (
        (w, None, w, "bit is None: the weights themselves"),
        (w, 0, torch.zeros_like(w), "0 bits: zeros"),
        (constant, 4, constant, "max w = min w: the tensor unchanged"),
        (torch.zeros(5), 2, torch.zeros(5), "max w = min w: the tensor unchanged"),
    ):
        (reply,) = quantization.quantize(grading, [(weights, bit, None)])
        with on_inputs(w=weights, bit=bit):
            _judge_end(f"STE.forward(ctx, w, bit={bit})", reply["wq"], weights, expected, what, bit)


def _judge_end(
    text: str, value: object, weights: torch.Tensor, expected: torch.Tensor, what: str, bit: int | None
) -> None:
    """Demand the value of a special case."""
    got = quantization.demand_tensor(text, value, weights)
    # One rounding of alpha * R + beta is allowed around a constant.
    if not torch.allclose(got, expected, rtol=1e-6, atol=0.0):
        raise CheckFailed(
            call=text,
            got=show(got),
            expected=f"{what}: {show(expected.numpy())}",
            rationale=f"expected {what.partition(': ')[2]} where {what.partition(': ')[0]}",
            hint="treat this case before you divide by alpha" if bit else "",
            tolerance="1e-6 of each weight: one float32 rounding of alpha * R + beta",
        )


@pytest.mark.check("lab2.a.gradient")
def test_gradient_passes_straight_through(grading: Grading) -> None:
    """The gradient passes the quantizer unchanged, at any number of bits."""
    rng = grading.rng("lab2.a.gradient")
    for bit in (4, 2, 3, None):
        w = _draw(rng, (6, 3, 3, 3))
        g = torch.tensor(rng.normal(scale=3.0, size=w.shape), dtype=torch.float32)
        (reply,) = quantization.quantize(grading, [(w, bit, g)])
        got = reply["gradient"]
        text = f"gradient of STE.apply(w, {bit})"
        if not isinstance(got, torch.Tensor) or got.shape != g.shape or not torch.equal(got.to(g.dtype), g):
            with on_inputs(w=w, bit=bit, g=g):
                raise CheckFailed(
                    call=text,
                    got="no gradient" if not isinstance(got, torch.Tensor) else show(got),
                    expected=f"the gradient of the output, unchanged: {show(g.numpy())}",
                    rationale="the gradient does not pass straight through",
                    hint="STE.backward is given: return g, None",
                    tolerance="none: nothing is computed",
                )


@pytest.mark.check("lab2.a.contract")
def test_quantizer_keeps_form_and_weights(grading: Grading) -> None:
    """The result has the shape, dtype and device of w, and w itself is not written to."""
    rng = grading.rng("lab2.a.contract")
    cases: list[quantization.Case] = [(_draw(rng, shape), bit, None) for shape in SHAPES for bit in (2, 4)]
    for (w, bit, _), reply in zip(cases, quantization.quantize(grading, cases, watch=True), strict=True):
        text = f"STE.forward(ctx, w, bit={bit}) with w of shape {tuple(w.shape)}, {w.dtype}"
        after = reply["w_after"]
        with on_inputs(w=w, bit=bit):
            quantization.demand_tensor(text, reply["wq"], w)
            _judge_weights_after(text, after, w)


def _judge_weights_after(text: str, after: object, w: torch.Tensor) -> None:
    """Demand that the weights are what they were."""
    if not isinstance(after, torch.Tensor) or not torch.equal(after, w):
        raise CheckFailed(
            call=text,
            got=f"w after the call: {show(after)}",
            expected=f"w as before the call: {show(w.numpy())}",
            rationale="the call wrote into the weights: training would lose the floating-point values",
            hint="compute new tensors instead of writing into w",
            tolerance="none: w must stay as it is to the bit",
        )
