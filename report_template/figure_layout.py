"""From a figure's description to lines, marks and texts at points of the page.

Both renderers draw what this returns, so a figure looks the same on a PDF page and in a PNG.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from report_template.drawing import Box, Drawing, Mark, Points, Stroke, Text
from report_template.figures import Curve, Figure, Panel
from report_template.fonts import BOLD, make_legible, measure
from report_template.simplification import simplify_path, split_at_gaps
from report_template.styles import INK, QUIET
from report_template.ticks import linear_ticks, logarithmic_ticks

LABEL_SIZE, TICK_SIZE = 8.0, 7.0
AXIS_WIDTH, GRID_WIDTH, GRID_COLOUR = 0.6, 0.4, "#dddddd"
GAP = 4.0
LEGEND_HEIGHT = 12.0
# Coordinates far outside the axes are clipped anyway; a number of many digits would only fill the file.
FAR = 5000.0


@dataclass(frozen=True)
class _Axes:
    """A panel whose limits are known: values to points."""

    panel: Panel
    box: Box
    x_limits: tuple[float, float]
    y_limits: tuple[float, float]
    spare: float  # width right of the axes, which a title may use

    def place(self, x: Any, y: Any) -> Points:
        left, bottom, width, height = self.box
        (x0, x1), (y0, y1) = self.x_limits, self.y_limits
        points = np.column_stack([(x - x0) / (x1 - x0) * width, (y - y0) / (y1 - y0) * height])
        return np.asarray(np.clip(points, -FAR, FAR) + np.array([left, bottom]))


def _values(curve: Curve, logarithmic: bool) -> tuple[Points, Points]:
    x = np.asarray(curve.x, dtype=np.float64).reshape(-1)
    y = np.asarray(curve.y, dtype=np.float64).reshape(-1)
    shorter = min(len(x), len(y))
    x, y = x[:shorter], y[:shorter]
    if logarithmic:
        with np.errstate(divide="ignore", invalid="ignore"):
            y = np.log10(y)
    return x, y


def _fit(values: list[Points], pad: float) -> tuple[float, float]:
    finite = np.concatenate([value[np.isfinite(value)] for value in values] or [np.zeros(0)])
    if not finite.size:
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    if high - low <= 1e-12 * max(abs(low), abs(high), 1e-280):
        spread = abs(high) * 0.1 or 1.0
        return low - spread, high + spread
    return low - pad * (high - low), high + pad * (high - low)


def _limits(panel: Panel) -> tuple[tuple[float, float], tuple[float, float]]:
    values = [_values(curve, panel.logarithmic) for curve in panel.curves]
    x_limits = panel.x_limits or _fit([x for x, _ in values], 0.0)
    if panel.y_limits is None:
        return x_limits, _fit([y for _, y in values], 0.06)
    low, high = panel.y_limits
    return x_limits, (float(np.log10(low)), float(np.log10(high))) if panel.logarithmic else (low, high)


def _margins(panel: Panel) -> tuple[float, float, float, float]:
    """Left, right, bottom and top of the axes inside the panel's cell."""
    _, (low, high) = _limits(panel)
    ticks = (logarithmic_ticks if panel.logarithmic else linear_ticks)(low, high, 5)
    left = max((measure(text, TICK_SIZE) for _, text in ticks), default=0.0) + GAP + 2
    left += LABEL_SIZE + GAP if panel.y_label else 0.0
    labels = (
        [measure(curve.label, TICK_SIZE) for curve in panel.curves if curve.label] if panel.direct else []
    )
    right = max(labels) + GAP if labels else GAP
    bottom = TICK_SIZE + GAP + (LABEL_SIZE + 3 if panel.x_label else 0.0)
    top = LABEL_SIZE + 6 if panel.title else GAP
    return left, right, bottom, top


def _boxes(figure: Figure) -> list[Box]:
    """The axes of each panel; axes in one column or row are aligned."""
    margins = [_margins(panel) for panel in figure.panels]

    def widest(side: int, row_or_column: str, end: bool = False) -> dict[int, float]:
        found: dict[int, float] = {}
        for panel, margin in zip(figure.panels, margins, strict=True):
            key = getattr(panel, row_or_column) + (panel.row_span - 1 if end else 0)
            found[key] = max(found.get(key, 0.0), margin[side])
        return found

    left, right = widest(0, "column"), widest(1, "column")
    bottom, top = widest(2, "row", end=True), widest(3, "row")
    shares = np.cumsum([0.0, *figure.column_widths]) / sum(figure.column_widths)
    legend = LEGEND_HEIGHT if figure.legend else 0.0
    row_height = (figure.height - legend) / figure.rows
    boxes = []
    for panel in figure.panels:
        x0, x1 = shares[panel.column] * figure.width, shares[panel.column + 1] * figure.width
        y1 = figure.height - panel.row * row_height
        y0 = y1 - panel.row_span * row_height
        inner_left, inner_bottom = x0 + left[panel.column], y0 + bottom[panel.row + panel.row_span - 1]
        inner_width = x1 - right[panel.column] - GAP - inner_left
        boxes.append(
            (inner_left, inner_bottom, max(inner_width, 20.0), max(y1 - top[panel.row] - inner_bottom, 20.0))
        )
    return boxes


def _fit_title(panel: Panel, x: float, y: float, room: float) -> Text:
    """Set a title as large as its cell allows, and cut it where even the smaller size is too wide."""
    title = make_legible(panel.title)
    if measure(title, LABEL_SIZE, BOLD) <= room:
        return Text(x, y, title, LABEL_SIZE, panel.title_colour, bold=True)
    whole = title
    while title and measure(title + "…", TICK_SIZE) > room:
        title = title[:-1]
    return Text(
        x, y, whole if measure(whole, TICK_SIZE) <= room else title + "…", TICK_SIZE, panel.title_colour
    )


def _draw_frame(drawing: Drawing, axes: _Axes) -> None:
    panel, (left, bottom, width, height) = axes.panel, axes.box
    (x0, x1), (y0, y1) = axes.x_limits, axes.y_limits
    choose = logarithmic_ticks if panel.logarithmic else linear_ticks
    for value, text in choose(y0, y1, max(3, int(height / 17))):
        y = float(axes.place(x0, value)[0, 1])
        drawing.strokes.append(Stroke(np.array([[left, y], [left + width, y]]), GRID_COLOUR, GRID_WIDTH))
        drawing.texts.append(Text(left - GAP, y - TICK_SIZE * 0.36, text, TICK_SIZE, QUIET, "end"))
    for value, text in panel.x_ticks or linear_ticks(x0, x1, max(2, int(width / 34))):
        x = float(axes.place(value, y0)[0, 0])
        drawing.strokes.append(Stroke(np.array([[x, bottom - 2], [x, bottom]]), INK, AXIS_WIDTH))
        drawing.texts.append(Text(x, bottom - TICK_SIZE - 2.5, text, TICK_SIZE, QUIET, "middle"))
    corner = np.array([[left, bottom + height], [left, bottom], [left + width, bottom]])
    drawing.strokes.append(Stroke(corner, INK, AXIS_WIDTH))
    below, middle = bottom - TICK_SIZE - LABEL_SIZE - 4, bottom + height / 2
    margin = max((measure(text, TICK_SIZE) for _, text in choose(y0, y1, 5)), default=0.0)
    for label in (
        _fit_title(panel, left, bottom + height + 5, width + axes.spare),
        Text(left + width / 2, below, panel.x_label, LABEL_SIZE, INK, "middle"),
        Text(left - margin - 2 * GAP, middle, panel.y_label, LABEL_SIZE, INK, "middle", upright=True),
        Text(left + 4, bottom + 4, panel.note, TICK_SIZE, INK),
    ):
        if label.text:
            drawing.texts.append(label)


def _draw_curve(drawing: Drawing, axes: _Axes, curve: Curve) -> float | None:
    """Draw a curve and return the height of its last point inside the axes' range."""
    x, y = _values(curve, axes.panel.logarithmic)
    last = None
    for part in split_at_gaps(x, y):
        points = axes.place(x[part], y[part])
        last = float(points[-1, 1])
        if curve.width > 0 and len(points) > 1:
            path = simplify_path(points)
            drawing.strokes.append(Stroke(path, curve.colour, curve.width, curve.dashes, axes.box))
        if curve.marker:
            left, bottom, width, height = axes.box
            inside = np.all(
                (points >= (left - 1, bottom - 1)) & (points <= (left + width + 1, bottom + height + 1)),
                axis=1,
            )
            drawing.marks += [
                Mark(float(px), float(py), curve.marker, curve.colour) for px, py in points[inside]
            ]
        texts = np.array(curve.texts[: len(x)] or [""] * len(x), dtype=object)[part]
        for (px, py), text in zip(points, texts, strict=False):
            if text:
                drawing.texts.append(Text(px + 4, py + 3, make_legible(text), TICK_SIZE, curve.colour))
    return last


def spread_labels(heights: list[float], low: float, high: float, apart: float) -> list[float]:
    """Move labels as little as needed so that none covers another.

    Args:
        heights: Where they would stand.
        low: The lowest place.
        high: The highest place.
        apart: The least distance.

    Returns:
        Where they stand, in the same order.

    Examples:
        >>> spread_labels([5.0, 5.0, 30.0], 0.0, 40.0, 8.0)
        [5.0, 13.0, 30.0]
    """
    order = sorted(range(len(heights)), key=lambda index: (heights[index], index))
    placed = [0.0] * len(heights)
    floor = low
    for index in order:
        placed[index] = max(heights[index], floor)
        floor = placed[index] + apart
    ceiling = high
    for index in reversed(order):
        placed[index] = min(placed[index], ceiling)
        ceiling = placed[index] - apart
    return placed


def _draw_panel(drawing: Drawing, panel: Panel, box: Box) -> None:
    axes = _Axes(panel, box, *_limits(panel), spare=_margins(panel)[1])
    _draw_frame(drawing, axes)
    ends = [(curve, _draw_curve(drawing, axes, curve)) for curve in panel.curves]
    if panel.direct:
        left, bottom, width, height = box
        named = [
            (curve, min(max(y, bottom), bottom + height))
            for curve, y in ends
            if curve.label and y is not None
        ]
        places = spread_labels([y for _, y in named], bottom, bottom + height, TICK_SIZE + 0.5)
        for (curve, _), y in zip(named, places, strict=True):
            label = make_legible(curve.label)
            drawing.texts.append(
                Text(left + width + GAP, y - TICK_SIZE * 0.36, label, TICK_SIZE, curve.colour)
            )


def lay_out(figure: Figure) -> Drawing:
    """Turn a figure into strokes, marks and texts.

    Args:
        figure: The description.

    Returns:
        The `Drawing`, in points.

    Examples:
        >>> drawing = lay_out(Figure((Panel((Curve([0, 1], [0, 1]),)),), column_widths=(1.0,)))
        >>> drawing.width, len(drawing.marks)
        (504.0, 0)
    """
    drawing = Drawing(figure.width, figure.height)
    for panel, box in zip(figure.panels, _boxes(figure), strict=True):
        _draw_panel(drawing, panel, box)
    x = 30.0
    for curve in figure.legend:
        label = make_legible(curve.label)
        if curve.width > 0:
            line = np.array([[x, 4.5], [x + 18, 4.5]])
            drawing.strokes.append(Stroke(line, curve.colour, curve.width, curve.dashes))
        if curve.marker:
            drawing.marks.append(Mark(x + 9, 4.5, curve.marker, curve.colour))
        drawing.texts.append(Text(x + 22, 2, label, TICK_SIZE, INK))
        x += 22 + measure(label, TICK_SIZE) + 12
    return drawing
