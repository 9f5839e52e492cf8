"""The probes of the hidden suites."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
from torch import nn

from grader.worker.formula import FormulaShapeError, FormulaUnreadableError, evaluate_formula
from grader.worker.probes import probe
from grader.worker.survey import survey
from student.given.resnet20 import ResNetCIFAR
from student.given.trajectories import Run, run_trajectory

_STACKED = (np.dtype(np.float64), np.dtype(np.float32), np.dtype(np.int64))


@probe("survey")
def survey_files(student: Any, files: dict[str, bytes]) -> dict[str, Any]:
    """Survey untrusted code; see `grader.worker.survey`.

    Args:
        student: Unused: a reader holds no submission.
        files: Bytes by the name to show.

    Returns:
        What was found, by name.
    """
    del student
    return survey(files)


@probe("call_many")
def call_many(student: Any, function: str, calls: list[list[Any]]) -> list[tuple[Any, list[Any]]]:
    """Call a function of the student once per argument list.

    Args:
        student: The loaded submission.
        function: One of the six names.
        calls: The positional arguments of each call.

    Returns:
        For each call the value, and the arguments as they are after it.
    """
    target = student.function(function)
    return [(target(*arguments), arguments) for arguments in calls]


@probe("call_each")
def call_each(student: Any, function: str, weights: Any, others: list[Any]) -> Any:
    """Call a function of the student once for each of many weights, all else being equal.

    Hundreds of small arrays take longer to send than to compute, so they travel as one.

    Args:
        student: The loaded submission.
        function: One of the six names.
        weights: The first argument of each call, ``(calls, d, 1)``.
        others: The other positional arguments; every call gets copies of its own.

    Returns:
        The value of each call: one array where all have the form of the weights, else a list.
    """
    target = student.function(function)
    values = [target(W.copy(), *map(_copy, others)) for W in weights]
    kinds = {(value.dtype, value.shape) if type(value) is np.ndarray else None for value in values}
    if len(kinds) == 1 and values[0] is not None and None not in kinds:
        ((dtype, shape),) = kinds  # type: ignore[misc]  # there is no None
        if dtype in _STACKED and shape == weights.shape[1:]:
            return np.array(values)
    return values


def _copy(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


@probe("trajectory")
def trajectory(student: Any, function: str, run: dict[str, Any], problem: dict[str, Any]) -> Any:
    """Run a method of Lab 1 with the student's functions.

    Args:
        student: The loaded submission.
        function: The function that the run is about.
        run: Fields of a `student.given.trajectories.Run`.
        problem: The arrays and constants of the problem.

    Returns:
        The weights after each step, ``(steps + 1, d)``.
    """
    method = Run(**run)
    names = {"gd_step", function}
    functions = SimpleNamespace(**{name: student.function(name) for name in names})
    weights, _ = run_trajectory(method, SimpleNamespace(**problem, loss=_ignore), functions)
    return weights


def _ignore(_weights: Any) -> float:
    """Stand in for the loss, which the grader computes itself."""
    return 0.0


@probe("quantize_many")
def quantize_many(
    student: Any, function: str, weights: list[Any], cases: list[list[Any]], *, watch: bool
) -> list[dict[str, Any]]:
    """Quantize tensors with the student's STE and send a gradient back through it.

    Args:
        student: The loaded submission.
        function: ``"STE.forward"``.
        weights: The tensors.
        cases: ``[index, bit, g]`` each: which of the weights, the bits or None, the gradient with respect
            to the quantized weights, or None for no backward pass.
        watch: Whether to send the weights after each call.

    Returns:
        For each case ``wq``, ``w_after`` (the weights after the call, or None) and ``gradient``.
    """
    quantizer = student.function(function.partition(".")[0])
    replies = []
    for index, bit, g in cases:
        leaf = weights[index].clone().requires_grad_(g is not None)
        wq = quantizer.apply(leaf, bit)
        if g is not None:
            # Its gradient is g; ``wq.backward(g)`` would import SymPy first, a third of a second.
            (wq * g).sum().backward()
        replies.append(
            {
                "wq": wq.detach() if hasattr(wq, "detach") else wq,
                "w_after": leaf.detach() if watch else None,
                "gradient": leaf.grad,
            }
        )
    return replies


@probe("average_precision")
def average_precision(student: Any, function: str, networks: list[dict[str, Any]]) -> list[Any]:
    """Build networks from the student's layers and compute their average precision.

    Args:
        student: The loaded submission.
        function: ``"avg_precision"``.
        networks: ``{"depth": 20, "bits": (4, 4, 2)}`` for a ResNet, or ``{"layers": [...]}`` for a
            nested chain of ``["conv", in, out, kernel, bits, bias]``, ``["linear", in, out, bits, bias]``,
            ``["norm", channels]``, ``["plain", in, out]`` (no fixed-point layer) and ``["chain", [...]]``.

    Returns:
        What ``avg_precision`` returned for each.
    """
    target = student.function(function)
    return [target(_build_network(student.layers, network)) for network in networks]


def _build_network(layers: Any, network: dict[str, Any]) -> Any:
    if "depth" in network:
        return ResNetCIFAR(num_layers=network["depth"], Nbits=network["bits"], layers=layers)
    return _build_chain(layers, network["layers"])


def _build_chain(layers: Any, descriptions: list[list[Any]]) -> nn.Module:
    modules: list[nn.Module] = []
    for kind, *values in descriptions:
        if kind == "conv":
            inputs, outputs, kernel, bits, bias = values
            modules.append(layers.FP_Conv(inputs, outputs, kernel, Nbits=bits, bias=bias))
        elif kind == "linear":
            inputs, outputs, bits, bias = values
            modules.append(layers.FP_Linear(inputs, outputs, Nbits=bits, bias=bias))
        elif kind == "norm":
            modules.append(nn.BatchNorm2d(values[0]))
        elif kind == "plain":
            modules.append(nn.Linear(values[0], values[1]))
        else:
            modules.append(_build_chain(layers, values[0]))
    return nn.Sequential(*modules)


@probe("formula")
def formula(student: Any, text: str, W: Any, X: Any, y: Any, lr: float) -> dict[str, Any]:
    """Evaluate a student's formula of Lab 1(a); see `grader.worker.formula`.

    Args:
        student: Unused: a reader holds no submission.
        text: The formula.
        W: Weights, ``(d, 1)``.
        X: Samples, ``(n, d)``.
        y: Targets, ``(n, 1)``.
        lr: The learning rate.

    Returns:
        ``status`` (``"values"``, ``"unreadable"`` or ``"wrong"``), ``message`` and ``values``.
    """
    del student
    try:
        values = evaluate_formula(text, W, X, y, lr)
    except FormulaUnreadableError as error:
        return {"status": "unreadable", "message": str(error), "values": []}
    except FormulaShapeError as error:
        return {"status": "wrong", "message": str(error), "values": []}
    return {"status": "values", "message": "", "values": values}
