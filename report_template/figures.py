"""Figures as plain data: what is drawn, not how; drawn on a PDF page or saved as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from report_template.styles import SERIES, TEXT_WIDTH

Values = Sequence[float] | npt.NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """One curve, or one cloud of points.

    Attributes:
        x: Abscissas.
        y: Ordinates; where one is not finite the curve is interrupted.
        label: What it shows; empty for none.
        colour: ``"#rrggbb"``.
        width: Line width in points; 0 draws no line.
        dashes: Lengths of dashes and gaps in points; empty for a solid line.
        marker: ``""``, ``"circle"``, ``"square"`` or ``"cross"``, at every point.
        texts: A text beside each point; empty for none.
    """

    x: Values
    y: Values
    label: str = ""
    colour: str = SERIES[0]
    width: float = 1.2
    dashes: tuple[float, ...] = ()
    marker: str = ""
    texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Panel:
    """One pair of axes.

    Attributes:
        curves: Drawn in this order.
        title: Above the axes.
        title_colour: Of the title.
        x_label: Below the axes.
        y_label: Left of the axes, upright.
        logarithmic: Whether the ordinate is on a log axis.
        x_limits: Smallest and largest abscissa; None to fit the curves.
        y_limits: Likewise; curves are clipped there.
        x_ticks: Values and texts; None to choose them.
        direct: Whether the labels stand at the curves' ends.
        note: A remark inside the axes, such as where a run diverged.
        row: Row of the grid, from the top.
        column: Column of the grid.
        row_span: How many rows it takes.
    """

    curves: tuple[Curve, ...]
    title: str = ""
    title_colour: str = "#1f2328"
    x_label: str = ""
    y_label: str = ""
    logarithmic: bool = False
    x_limits: tuple[float, float] | None = None
    y_limits: tuple[float, float] | None = None
    x_ticks: tuple[tuple[float, str], ...] | None = None
    direct: bool = False
    note: str = ""
    row: int = 0
    column: int = 0
    row_span: int = 1


@dataclass(frozen=True)
class Figure:
    """Panels on a grid, drawn at their final size.

    Attributes:
        panels: The axes.
        height: In points.
        width: In points.
        column_widths: Relative widths of the grid's columns.
        rows: Number of rows of equal height.
        legend: Curves whose label and look are listed under the axes; their points are not used.
        caption: Set under the figure by whoever places it.
    """

    panels: tuple[Panel, ...]
    height: float = 179.0
    width: float = TEXT_WIDTH
    column_widths: tuple[float, ...] = (1.0, 1.0)
    rows: int = 1
    legend: tuple[Curve, ...] = ()
    caption: str = ""


def save_figure(figure: Figure, path: str | Path) -> None:
    """Save a figure with matplotlib: PNG at 200 dpi, or vector by the suffix (``.svg``, ``.pdf``).

    The same figure gives the same bytes.

    Args:
        figure: The figure.
        path: The file; its suffix names the format.

    Raises:
        ValueError: matplotlib knows no such format.
        OSError: The file cannot be written.

    Examples:
        >>> import tempfile
        >>> figure = Figure((Panel((Curve([0, 1], [1, 2]),)),), column_widths=(1.0,))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "figure.png"
        ...     save_figure(figure, path)
        ...     path.stat().st_size > 1000
        True
    """
    from report_template.figure_files import write_figure

    write_figure(figure, Path(path))
