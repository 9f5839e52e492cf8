"""Fewer points for the same line: what the eye cannot tell apart is not written to the file."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

TOLERANCE = 0.06  # points: less than a tenth of the thinnest line

Points = npt.NDArray[np.float64]


def split_at_gaps(x: Points, y: Points) -> list[slice]:
    """Split a curve where a value is not finite.

    Args:
        x: Abscissas, ``(n,)``.
        y: Ordinates, ``(n,)``.

    Returns:
        The slices between the gaps, none of them empty.

    Examples:
        >>> split_at_gaps(np.arange(5.0), np.array([1.0, 2.0, np.nan, np.inf, 3.0]))
        [slice(0, 2, None), slice(4, 5, None)]
    """
    finite = np.concatenate([[False], np.isfinite(x) & np.isfinite(y), [False]])
    edges = np.flatnonzero(finite[1:] != finite[:-1])
    return [slice(int(start), int(stop)) for start, stop in zip(edges[::2], edges[1::2], strict=True)]


def simplify_path(points: Points, tolerance: float = TOLERANCE) -> Points:
    """Leave out points that lie within a tolerance of the line without them.

    Args:
        points: A path, ``(n, 2)``.
        tolerance: The largest distance of a point that is left out.

    Returns:
        The points kept, in order, the first and the last among them.

    Examples:
        >>> simplify_path(np.array([[0.0, 0.0], [1.0, 0.01], [2.0, 0.0], [3.0, 5.0]]))
        array([[0., 0.], [2., 0.], [3., 5.]])

    References:
        Douglas and Peucker, "Algorithms for the reduction of the number of points", 1973.
    """
    if len(points) < 3:
        return points
    kept = np.zeros(len(points), dtype=bool)
    kept[[0, -1]] = True
    open_ranges = [(0, len(points) - 1)]
    while open_ranges:
        start, stop = open_ranges.pop()
        if stop - start < 2:
            continue
        chord = points[stop] - points[start]
        offsets = points[start + 1 : stop] - points[start]
        length = float(np.hypot(*chord))
        if length > 0.0:
            distances = np.abs(offsets[:, 0] * chord[1] - offsets[:, 1] * chord[0]) / length
        else:
            distances = np.hypot(offsets[:, 0], offsets[:, 1])
        farthest = int(distances.argmax())
        if distances[farthest] > tolerance:
            middle = start + 1 + farthest
            kept[middle] = True
            open_ranges += [(start, middle), (middle, stop)]
    return points[kept]
