"""Formulas between dollars, as outlines: matplotlib's mathtext on a reportlab canvas."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.font_manager import FontProperties
from matplotlib.mathtext import MathTextParser
from matplotlib.path import Path as Outline
from matplotlib.textpath import TextPath

from report_template.fonts import SANS, make_legible, measure

LONGEST = 400
FILL_NON_ZERO = 1
INVISIBLE = 3
# What students write and mathtext does not know, in words that it knows.
ALIASES = {
    "top": "T",
    "transpose": "T",
    "le": r"\leq",
    "ge": r"\geq",
    "lt": "<",
    "gt": ">",
    "tfrac": r"\frac",
    "cfrac": r"\frac",
    "textbf": r"\mathbf",
    "bm": r"\boldsymbol",
    "mathop": r"\operatorname",
    "lVert": r"\Vert",
    "rVert": r"\Vert",
    "lvert": r"\vert",
    "rvert": r"\vert",
    "dots": r"\ldots",
    "land": r"\wedge",
    "lor": r"\vee",
    "implies": r"\Rightarrow",
    "iff": r"\Leftrightarrow",
    "argmin": r"\operatorname{argmin}",
    "argmax": r"\operatorname{argmax}",
    "prox": r"\operatorname{prox}",
    "sign": r"\operatorname{sign}",
    "sgn": r"\operatorname{sgn}",
    **dict.fromkeys(("displaystyle", "textstyle", "limits", "nolimits", "nonumber", "notag"), ""),
    **dict.fromkeys(("big", "bigl", "bigr", "Big", "Bigl", "Bigr", "bigg", "Bigg"), ""),
}
_COMMAND = re.compile(r"\\([A-Za-z]+)")
_SHORT_FRACTION = re.compile(r"\\([td]?frac)\s*(\d)\s*(\d)")
_ROWS = re.compile(
    r"\s*\\begin\{(align|aligned|equation|gather|gathered|split)(\*?)\}(.*)\\end\{\1\2\}\s*", re.DOTALL
)
_PARSER = MathTextParser("path")
_FONT = FontProperties(family="DejaVu Sans", math_fontfamily="dejavusans")


@dataclass(frozen=True)
class Formula:
    """A formula that was set.

    Attributes:
        source: What the student wrote, without the dollars.
        size: Font size in points.
        width: In points.
        height: Above the baseline.
        depth: Below the baseline.
        vertices: Of the outline, ``(n, 2)``.
        codes: matplotlib's path codes, ``(n,)``.
    """

    source: str
    size: float
    width: float
    height: float
    depth: float
    vertices: npt.NDArray[np.float64]
    codes: npt.NDArray[np.uint8]

    def draw(self, canvas: Any, x: float, y: float) -> None:
        """Draw the outline, and the source invisibly over it, so that it can be searched and copied."""
        canvas.drawPath(self._trace(canvas, x, y), stroke=0, fill=1, fillMode=FILL_NON_ZERO)
        text = canvas.beginText(x, y)
        text.setTextRenderMode(INVISIBLE)
        text.setFont(SANS, self.size)
        source = make_legible(self.source).replace("\n", " ")
        text.setHorizScale(100.0 * self.width / max(measure(source, self.size), 1.0))
        text.textOut(source)
        text.setHorizScale(100.0)
        text.setTextRenderMode(0)
        canvas.drawText(text)

    def _trace(self, canvas: Any, x: float, y: float) -> Any:
        path = canvas.beginPath()
        points = (self.vertices + np.array([x, y])).round(2).tolist()
        index = 0
        last = [x, y]
        while index < len(points):
            code = int(self.codes[index])
            point = points[index]
            if code == Outline.MOVETO:
                path.moveTo(*point)
            elif code == Outline.LINETO:
                path.lineTo(*point)
            elif code == Outline.CURVE3:
                end = points[index + 1]
                first, second = (
                    [(p + 2 * q) / 3 for p, q in zip(side, point, strict=True)] for side in (last, end)
                )
                path.curveTo(*first, *second, *end)
                index, point = index + 1, end
            elif code == Outline.CURVE4:
                path.curveTo(*point, *points[index + 1], *points[index + 2])
                index, point = index + 2, points[index + 2]
            elif code == Outline.CLOSEPOLY:
                path.close()
            last = point
            index += 1
        return path


def translate(source: str) -> str:
    r"""Put what mathtext does not know in words that it knows.

    Examples:
        >>> translate(r"X^\top (X W - y)"), translate(r"\frac12")
        ('X^T (X W - y)', '\\frac{1}{2}')
    """
    spelled = _SHORT_FRACTION.sub(r"\\\1{\2}{\3}", source)
    return _COMMAND.sub(lambda match: ALIASES.get(match[1], match[0]), spelled)


def split_rows(source: str) -> list[str]:
    r"""Split aligned equations into one formula per row.

    Examples:
        >>> split_rows(r"\begin{align} a &= b \\ &= c \end{align}"), split_rows("x")
        (['a = b', '= c'], ['x'])
    """
    match = _ROWS.fullmatch(source)
    if match is None:
        return [source.strip()]
    rows = (row.replace("&", " ") for row in match[3].split(r"\\"))
    return [" ".join(row.split()) for row in rows if row.strip()]


@lru_cache(maxsize=1024)
def set_formula(source: str, size: float) -> Formula | None:
    r"""Set a formula.

    Args:
        source: LaTeX-like maths without the dollars.
        size: Font size in points.

    Returns:
        The formula, or None where it cannot be set: then its source is shown as it was written.

    Examples:
        >>> round(set_formula(r"\sum_i x_i^\top y_i", 9.0).width)
        26
        >>> set_formula(r"\begin{cases} 1 \\ 2 \end{cases}", 9.0) is None
        True
    """
    text = " ".join(translate(source).split())
    if not text or len(text) > LONGEST or make_legible(text) != text:
        return None
    logger = logging.getLogger("matplotlib.mathtext")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        parsed = _PARSER.parse(f"${text}$", 72, _FONT)
        outline = TextPath((0, 0), f"${text}$", size=size, prop=_FONT)
    except Exception:  # noqa: BLE001  # pyparsing raises many types, and recursion errors on nested braces
        return None
    finally:
        logger.setLevel(level)
    scale = size / _FONT.get_size_in_points()
    vertices, codes = (
        np.asarray(outline.vertices, dtype=np.float64),
        np.asarray(outline.codes, dtype=np.uint8),
    )
    if not len(vertices) or not np.isfinite(vertices).all():
        return None
    width, height, depth = (float(extent) * scale for extent in (parsed.width, parsed.height, parsed.depth))
    return Formula(source, size, width, height, depth, vertices, codes)
