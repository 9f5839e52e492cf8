"""The plots of the assignment: trajectories, the quantizer's staircase, accuracies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from report_template.figures import Curve, Figure, Panel
from report_template.fonts import measure, shorten
from report_template.styles import REFERENCE, SERIES, STRENGTHS

# Below this log L shows the rounding of float64, not the method.
LOSS_FLOOR = 1e-20
PAIR_HEIGHT, GRID_HEIGHT, STAIRCASE_HEIGHT = 128.0, 176.0, 122.0
DASHES = (3.0, 2.0)
UNDER_WIDTH = 2.2  # the reference is wider than the curve over it, so that it shows on both sides
MOST_WEIGHTS = 9
LONGEST_DIRECT_LABEL = 58.0

Array = npt.NDArray[np.float64]
Run = Mapping[str, Any]


def _losses(run: Run, key: str) -> Array:
    return np.asarray(run.get(key, ()) if run.get(key) is not None else (), dtype=np.float64).reshape(-1)


def _weights(run: Run, key: str) -> Array:
    found = run.get(key)
    weights = np.asarray(() if found is None else found, dtype=np.float64)
    if weights.size == 0:
        return np.zeros((0, 0))
    return weights.reshape(weights.shape[0], -1)[:, :MOST_WEIGHTS]


def _floored(losses: Array) -> Array:
    """Raise losses to the floor; what is not finite stays as it is."""
    return np.asarray(np.where(losses < LOSS_FLOOR, LOSS_FLOOR, losses))


def find_divergence(run: Run) -> int | None:
    """Find the first step at which the loss or a weight of a run is not finite.

    Examples:
        >>> find_divergence({"loss": [1.0, np.inf], "weights": None})
        1
        >>> find_divergence({"loss": [1.0, 0.5], "weights": [[0.0], [1.0]]}) is None
        True
    """
    bad: set[int] = set(np.flatnonzero(~np.isfinite(_losses(run, "loss"))).tolist())
    weights = _weights(run, "weights")
    if weights.size:
        bad |= set(np.flatnonzero(~np.isfinite(weights).all(axis=1)).tolist())
    return min(bad, default=None)


def _loss_limits(runs: Sequence[Run]) -> tuple[float, float]:
    """Fit the log axis; a diverging run may not flatten the others beyond six decades."""
    reference = np.concatenate([_losses(run, "reference_loss") for run in runs])
    student = np.concatenate([_losses(run, "loss") for run in runs])
    both = np.concatenate([reference, student])
    positive = both[np.isfinite(both) & (both > 0)]
    if not positive.size:
        return 0.1, 10.0
    low, high = max(float(positive.min()), LOSS_FLOOR), max(float(positive.max()), LOSS_FLOOR)
    known = reference[np.isfinite(reference)]
    if known.size and known.max() > 0:
        high = min(high, 1e6 * float(known.max()))
    low, high = np.log10(low), np.log10(min(high, 1e250))
    pad = max(0.06 * (high - low), 0.1)
    return float(10.0 ** (low - pad)), float(10.0 ** (high + pad))


def _weight_limits(runs: Sequence[Run]) -> tuple[float, float]:
    """Fit the weights' axis; a diverging run is cut at three times the reference's range."""

    def finite(key: str) -> Array:
        values = np.concatenate([_weights(run, key).reshape(-1) for run in runs])
        return np.asarray(values[np.isfinite(values)])

    reference, student = finite("reference_weights"), finite("weights")
    both = np.concatenate([reference, student, [0.0]])
    low, high = float(both.min()), float(both.max())
    if reference.size:
        reach = max(float(np.ptp(reference)), 0.5)
        low, high = max(low, float(reference.min()) - reach), min(high, float(reference.max()) + reach)
    low, high = max(low, -1e12), min(high, 1e12)
    pad = 0.06 * (high - low) or 0.5
    return low - pad, high + pad


def _steps(runs: Sequence[Run]) -> float:
    lengths = [len(_losses(run, key)) for run in runs for key in ("loss", "reference_loss")]
    lengths += [len(_weights(run, key)) for run in runs for key in ("weights", "reference_weights")]
    return float(max([2, *lengths]) - 1)


def _count(values: Array) -> Array:
    return np.arange(len(values), dtype=np.float64)


def _loss_panel(runs: Sequence[Run], labels: Sequence[str], rows: int) -> Panel:
    curves = [
        Curve(_count(loss), _floored(loss), colour=REFERENCE, width=UNDER_WIDTH, dashes=DASHES)
        for loss in (_losses(run, "reference_loss") for run in runs)
    ]
    for index, (run, label) in enumerate(zip(runs, labels, strict=True)):
        loss = _losses(run, "loss")
        curves.append(Curve(_count(loss), _floored(loss), label, _strength_colour(runs, index), width=1.1))
    return Panel(
        tuple(curves),
        title="L (log axis)",
        x_label="step",
        logarithmic=True,
        x_limits=(0.0, _steps(runs)),
        y_limits=_loss_limits(runs),
        direct=any(labels),
        row_span=rows,
    )


def _strength_colour(runs: Sequence[Run], index: int) -> str:
    return SERIES[0] if len(runs) == 1 else STRENGTHS[index % len(STRENGTHS)]


def _first_outside(weights: Array, limits: tuple[float, float]) -> int | None:
    """Find the step from which a run leaves the axes for good; None where it comes back or stays."""
    low, high = limits
    first = None
    for step, row in enumerate(weights.tolist()):
        inside = all(low <= entry <= high for entry in row)
        first = None if inside else step if first is None else first
    return first


def _weight_panel(run: Run, limits: tuple[float, float], steps: float) -> Panel:
    reference, weights = _weights(run, "reference_weights"), _weights(run, "weights")
    diverged, outside, note = find_divergence(run), _first_outside(weights, limits), ""
    if diverged is not None:
        note = f"not finite from step {diverged}"
    elif outside is not None:
        note = f"beyond the axes from step {outside}"
    if outside is not None:
        weights = weights[: outside + 1]  # what swings to and fro outside would only cover the reference
    curves = [
        Curve(_count(reference), column, colour=REFERENCE, width=UNDER_WIDTH, dashes=DASHES)
        for column in reference.T
    ]
    curves += [
        Curve(_count(weights), column, f"W{index + 1}", SERIES[index % len(SERIES)], width=1.0)
        for index, column in enumerate(weights.T)
    ]
    return Panel(
        tuple(curves),
        x_limits=(0.0, steps),
        y_limits=limits,
        direct=True,
        note=note,
    )


def _drop_common_start(names: list[str]) -> list[str]:
    """Drop the method from labels such as "trimmed ℓ1, λ = 2" where all of them begin with it."""
    starts = {name.rpartition(", ")[0] for name in names}
    return [name.rpartition(", ")[2] for name in names] if len(starts) == 1 else names


def plot_trajectories(runs: Sequence[Run], caption: str = "") -> Figure:
    """Plot log L and W against the steps: a pair for one run, a grid for up to four.

    Args:
        runs: Each with ``label``, ``loss`` ``(steps + 1,)``, ``weights`` ``(steps + 1, d)`` and
            perhaps ``reference_loss`` and ``reference_weights``, which are drawn dashed and grey
            under them. Runs may be short, empty, or hold values that are not finite.
        caption: Set under the figure.

    Returns:
        The `Figure`.

    Raises:
        ValueError: There is no run, or there are more than four.
    """
    if not 1 <= len(runs) <= 4:
        raise ValueError(f"found {len(runs)} runs, expected 1 to 4; plot the others in another figure")
    limits, steps = _weight_limits(runs), _steps(runs)
    if len(runs) == 1:
        weights = replace(_weight_panel(runs[0], limits, steps), title="W", x_label="step", column=1)
        panels = (_loss_panel(runs, [""], 1), weights)
        return Figure(panels, height=PAIR_HEIGHT, caption=caption)
    names = [shorten(name, 40, 1) for name in _drop_common_start([str(run.get("label", "")) for run in runs])]
    short = all(measure(name, 7.0) <= LONGEST_DIRECT_LABEL for name in names)
    rows = (len(runs) + 1) // 2
    loss_labels = names if short else [str(index + 1) for index in range(len(runs))]
    panels_list = [_loss_panel(runs, loss_labels, rows)]
    for index, run in enumerate(runs):
        panel = replace(
            _weight_panel(run, limits, steps),
            title=f"W, {names[index]}" if short else f"{index + 1}  {names[index]}",
            title_colour=_strength_colour(runs, index),
            x_label="step" if index // 2 == rows - 1 else "",
            row=index // 2,
            column=1 + index % 2,
        )
        panels_list.append(panel)
    return Figure(
        tuple(panels_list),
        height=GRID_HEIGHT if rows == 2 else PAIR_HEIGHT,
        column_widths=(1.15, 1.0, 1.0),
        rows=rows,
        caption=caption,
    )


def _by_bits(staircase: Mapping[str, Any], key: str, bits: int, length: int) -> Array | None:
    found = (staircase.get(key) or {}).get(bits)
    values = np.asarray(() if found is None else found, dtype=np.float64).reshape(-1)
    return values if len(values) == length else None


def plot_staircase(staircase: Mapping[str, Any], caption: str = "") -> Figure:
    """Plot quantized against float weights, one pair of axes per number of bits.

    Args:
        staircase: ``bits``, a list; ``w``, the float weights; ``wq`` by bits, the student's;
            ``reference`` by bits.
        caption: Set under the figure.

    Returns:
        The `Figure`.

    Raises:
        ValueError: There is nothing to plot.
    """
    bits = list(staircase.get("bits") or ())[:4]
    w = np.asarray(staircase.get("w", ()), dtype=np.float64).reshape(-1)
    if not bits or not w.size:
        raise ValueError("found no bits or no weights, expected both")
    order = np.argsort(w, kind="stable")
    panels = []
    for column, bit in enumerate(bits):
        reference, student = (_by_bits(staircase, key, bit, len(w)) for key in ("reference", "wq"))
        curves = []
        if reference is not None:
            curves.append(
                Curve(w[order], reference[order], colour=REFERENCE, width=UNDER_WIDTH, dashes=DASHES)
            )
        if student is not None:
            curves.append(Curve(w[order], student[order], colour=SERIES[0], width=1.1))
        title = f"{bit} bits: at most {2 ** int(bit)} levels"
        panels.append(
            Panel(tuple(curves), title, x_label="w", y_label="wq" if column == 0 else "", column=column)
        )
    return Figure(tuple(panels), STAIRCASE_HEIGHT, column_widths=(1.0,) * len(bits), caption=caption)
