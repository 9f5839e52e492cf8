"""Figures on a PDF page, drawn straight onto reportlab's canvas."""

from __future__ import annotations

from typing import Any

from reportlab.platypus import Flowable

from report_template.drawing import Drawing, Mark
from report_template.figure_layout import lay_out
from report_template.figures import Figure
from report_template.fonts import BOLD, SANS, measure
from report_template.styles import colour


class FigureFlowable(Flowable):  # type: ignore[misc]  # reportlab carries no annotations
    """A figure at its final size.

    Args:
        figure: The description.
    """

    def __init__(self, figure: Figure) -> None:
        super().__init__()
        self.drawing = lay_out(figure)
        self.width, self.height = figure.width, figure.height

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:  # noqa: ARG002
        """Return the figure's size, whatever is available."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw onto ``self.canv``."""
        draw_drawing(self.canv, self.drawing)


def _draw_mark(canvas: Any, mark: Mark) -> None:
    canvas.setFillColor(colour(mark.colour))
    canvas.setStrokeColor(colour(mark.colour))
    x, y = mark.x, mark.y
    if mark.shape == "circle":
        canvas.circle(x, y, 2.0, stroke=0, fill=1)
    elif mark.shape == "square":
        canvas.rect(x - 1.8, y - 1.8, 3.6, 3.6, stroke=0, fill=1)
    else:
        canvas.setLineWidth(1.0)
        canvas.lines([(x - 2, y - 2, x + 2, y + 2), (x - 2, y + 2, x + 2, y - 2)])


def draw_drawing(canvas: Any, drawing: Drawing) -> None:
    """Draw strokes, marks and texts onto a canvas, the origin at the lower left corner."""
    for stroke in drawing.strokes:
        canvas.saveState()
        if stroke.clip is not None:
            clip = canvas.beginPath()
            clip.rect(*stroke.clip)
            canvas.clipPath(clip, stroke=0, fill=0)
        canvas.setStrokeColor(colour(stroke.colour))
        canvas.setLineWidth(stroke.width)
        canvas.setLineJoin(1)
        if stroke.dashes:
            canvas.setDash(list(stroke.dashes))
        path = canvas.beginPath()
        # Two decimals of a point are far below what a screen or a printer resolves.
        points = stroke.points.round(2).tolist()
        path.moveTo(*points[0])
        for x, y in points[1:]:
            path.lineTo(x, y)
        canvas.drawPath(path, stroke=1, fill=0)
        canvas.restoreState()
    for mark in drawing.marks:
        _draw_mark(canvas, mark)
    for text in drawing.texts:
        face = BOLD if text.bold else SANS
        width = measure(text.text, text.size, face)
        shift = {"start": 0.0, "middle": -width / 2, "end": -width}[text.anchor]
        canvas.setFont(face, text.size)
        canvas.setFillColor(colour(text.colour))
        if text.upright:
            canvas.saveState()
            canvas.translate(text.x, text.y)
            canvas.rotate(90)
            canvas.drawString(shift, 0, text.text)
            canvas.restoreState()
        else:
            canvas.drawString(text.x + shift, text.y, text.text)
