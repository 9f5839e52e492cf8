"""Figures as files, drawn with matplotlib."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as MatplotlibFigure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from report_template.drawing import Drawing
from report_template.figure_layout import lay_out
from report_template.figures import Figure

POINTS_PER_INCH = 72.0
PNG_DPI = 200.0
MARKERS = {"circle": "o", "square": "s", "cross": "x"}
ANCHORS = {"start": "left", "middle": "center", "end": "right"}
# Without these the files carry the time and the version, and equal figures have unequal bytes.
SETTINGS: Any = {
    "svg.hashsalt": "hw4",
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    "lines.scale_dashes": False,
}
METADATA: dict[str, dict[str, str | None]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None, "Creator": None},
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def _draw(drawing: Drawing) -> MatplotlibFigure:
    canvas = MatplotlibFigure(
        figsize=(drawing.width / POINTS_PER_INCH, drawing.height / POINTS_PER_INCH), dpi=POINTS_PER_INCH
    )
    FigureCanvasAgg(canvas)
    axes = canvas.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set_xlim(0, drawing.width)
    axes.set_ylim(0, drawing.height)
    for stroke in drawing.strokes:
        x, y = stroke.points.T
        line = Line2D(x, y, color=stroke.colour, linewidth=stroke.width)
        if stroke.dashes:
            line.set_dashes(stroke.dashes)
        axes.add_line(line)
        if stroke.clip is not None:
            left, bottom, width, height = stroke.clip
            line.set_clip_path(Rectangle((left, bottom), width, height, transform=axes.transData))
    for mark in drawing.marks:
        axes.plot([mark.x], [mark.y], MARKERS[mark.shape], color=mark.colour, markersize=4)
    for text in drawing.texts:
        axes.text(
            text.x,
            text.y,
            # A dollar would start mathtext.
            text.text.replace("$", r"\$"),
            fontsize=text.size,
            color=text.colour,
            ha=ANCHORS[text.anchor],
            va="baseline",
            weight="bold" if text.bold else "normal",
            rotation=90 if text.upright else 0,
            rotation_mode="anchor",
            family="DejaVu Sans",
        )
    return canvas


def write_figure(figure: Figure, path: Path) -> None:
    """Write a figure to a file; see `report_template.figures.save_figure`."""
    suffix = path.suffix.lower()
    with rc_context(SETTINGS):
        canvas = _draw(lay_out(figure))
        dpi = PNG_DPI if suffix == ".png" else POINTS_PER_INCH
        canvas.savefig(path, dpi=dpi, metadata=METADATA.get(suffix))
