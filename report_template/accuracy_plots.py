"""The plots of Lab 2: accuracy against bits, and against the average precision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from report_template.figures import Curve, Figure, Panel
from report_template.styles import QUIET, SERIES

HEIGHT = 170.0
PERCENT = 100.0


@dataclass(frozen=True)
class Scheme:
    """A quantized network as a point of the tradeoff.

    Attributes:
        label: Its bits in words, such as ``"{4,4,2}"``.
        average: The average precision in bits.
        accuracy: The test accuracy as a fraction.
    """

    label: str
    average: float
    accuracy: float


def find_pareto_front(schemes: Sequence[Scheme]) -> list[Scheme]:
    """Find the schemes that no other beats: none is as small or smaller and more accurate.

    Args:
        schemes: The points.

    Returns:
        The front, by increasing average precision.

    Examples:
        >>> points = [Scheme("a", 2.6, 0.88), Scheme("b", 3.7, 0.87), Scheme("c", 4.0, 0.90)]
        >>> [scheme.label for scheme in find_pareto_front(points)]
        ['a', 'c']
    """
    front: list[Scheme] = []
    for scheme in sorted(schemes, key=lambda scheme: (scheme.average, -scheme.accuracy)):
        if not front or scheme.accuracy > front[-1].accuracy:
            front.append(scheme)
    return front


def plot_accuracies(
    before: Mapping[int, float],
    after: Mapping[int, float],
    float_accuracy: float | None = None,
    caption: str = "",
) -> Figure:
    """Plot test accuracy against bits, before and after finetuning.

    Args:
        before: Accuracy as a fraction, by bits.
        after: Likewise, after finetuning.
        float_accuracy: Of the floating-point network; None to leave it out.
        caption: Set under the figure.

    Returns:
        The `Figure`.

    Raises:
        ValueError: There is no accuracy.
    """
    bits = sorted({*before, *after})
    if not bits:
        raise ValueError("found no accuracy, expected at least one")
    ends = (bits[0] - 0.4, bits[-1] + 0.4)
    curves = []
    if float_accuracy is not None:
        level = PERCENT * float_accuracy
        curves.append(Curve(ends, (level, level), "floating point", QUIET, width=0.8, dashes=(3.0, 2.0)))
    for accuracies, label, look, marker in (
        (before, "before finetuning", SERIES[0], "circle"),
        (after, "after finetuning", SERIES[1], "square"),
    ):
        known = sorted(accuracies)
        if known:
            values = [PERCENT * accuracies[bit] for bit in known]
            curves.append(Curve(known, values, label, look, marker=marker))
    panel = Panel(
        tuple(curves),
        x_label="bits of the residual blocks",
        y_label="test accuracy (%)",
        x_limits=ends,
        x_ticks=tuple((float(bit), str(bit)) for bit in bits),
    )
    return Figure((panel,), HEIGHT, column_widths=(1.0,), legend=tuple(curves), caption=caption)


def plot_tradeoff(schemes: Sequence[Scheme], caption: str = "") -> Figure:
    """Plot accuracy against average precision, with the Pareto front.

    Args:
        schemes: The points.
        caption: Set under the figure.

    Returns:
        The `Figure`.

    Raises:
        ValueError: There is no point.
    """
    if not schemes:
        raise ValueError("found no scheme with accuracy and average precision, expected at least one")
    front = find_pareto_front(schemes)
    beaten = [scheme for scheme in schemes if scheme not in front]
    # Going right, the best known accuracy stays until the next scheme of the front.
    xs, ys = [front[0].average], [PERCENT * front[0].accuracy]
    for scheme in front[1:]:
        xs += [scheme.average, scheme.average]
        ys += [ys[-1], PERCENT * scheme.accuracy]
    low, high = (choose(scheme.average for scheme in schemes) for choose in (min, max))
    pad = max(0.12 * (high - low), 0.2)
    xs.append(high + pad)
    ys.append(ys[-1])
    curves = [Curve(xs, ys, "Pareto front", QUIET, width=0.9, dashes=(3.0, 2.0))]
    for points, label, look, marker in (
        (front, "on the front", SERIES[1], "square"),
        (beaten, "beaten by another", SERIES[0], "circle"),
    ):
        if points:
            curves.append(
                Curve(
                    [scheme.average for scheme in points],
                    [PERCENT * scheme.accuracy for scheme in points],
                    label,
                    look,
                    width=0.0,
                    marker=marker,
                    texts=tuple(scheme.label for scheme in points),
                )
            )
    panel = Panel(
        tuple(curves),
        x_label="average precision of the weights (bits)",
        y_label="test accuracy (%)",
        x_limits=(low - pad, high + 2 * pad),
    )
    return Figure((panel,), HEIGHT, column_widths=(1.0,), legend=tuple(curves), caption=caption)
