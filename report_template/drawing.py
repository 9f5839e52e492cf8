"""What a renderer draws: lines, marks and texts at points of a figure."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Box = tuple[float, float, float, float]  # left, bottom, width, height
Points = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Stroke:
    """A line through points, ``(n, 2)``, clipped to a box where one is given."""

    points: Points
    colour: str
    width: float
    dashes: tuple[float, ...] = ()
    clip: Box | None = None


@dataclass(frozen=True)
class Mark:
    """A mark of about 4 points at a point."""

    x: float
    y: float
    shape: str
    colour: str


@dataclass(frozen=True)
class Text:
    """A line of text at a point; ``anchor`` is start, middle or end."""

    x: float
    y: float
    text: str
    size: float
    colour: str
    anchor: str = "start"
    bold: bool = False
    upright: bool = False


@dataclass
class Drawing:
    """What a renderer draws, in this order; the origin is the figure's lower left corner."""

    width: float
    height: float
    strokes: list[Stroke] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
