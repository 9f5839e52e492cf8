"""Where the ticks of an axis stand and how they are written."""

from __future__ import annotations

import math

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

Tick = tuple[float, str]


def choose_step(span: float, most: int) -> float:
    """Choose the smallest of 1, 2, 5 times a power of ten that gives at most ``most`` intervals.

    Examples:
        >>> choose_step(200.0, 4), choose_step(0.7, 5)
        (50.0, 0.2)
    """
    raw = span / max(most, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    for factor in (1.0, 2.0, 5.0):
        if factor * power >= raw * (1 - 1e-9):
            return factor * power
    return 10.0 * power


def linear_ticks(low: float, high: float, most: int) -> list[Tick]:
    """Place ticks on a linear axis.

    Args:
        low: Smallest value on the axis.
        high: Largest value, above ``low``.
        most: About how many ticks fit.

    Returns:
        Values and their texts, all with the same decimals.

    Examples:
        >>> linear_ticks(-1.2, 3.1, 5)
        [(-1.0, '−1'), (0.0, '0'), (1.0, '1'), (2.0, '2'), (3.0, '3')]
    """
    step = choose_step(high - low, most)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    far = max(abs(low), abs(high)) >= 1e6 or decimals > 5
    ticks = []
    for index in range(first, last + 1):
        value = index * step
        text = f"{value:.3g}" if far else f"{value:.{decimals}f}"
        ticks.append((value, text.replace("-", "−")))
    return ticks


def logarithmic_ticks(low: float, high: float, most: int) -> list[Tick]:
    """Place ticks on a log axis.

    Args:
        low: Decimal logarithm of the smallest value on the axis.
        high: Decimal logarithm of the largest value.
        most: About how many ticks fit.

    Returns:
        Decimal logarithms and their texts: whole decades where there are at least two of them.

    Examples:
        >>> logarithmic_ticks(-20.0, 2.0, 4)
        [(-20, '10⁻²⁰'), (-10, '10⁻¹⁰'), (0, '10⁰')]
    """
    first, last = math.ceil(low - 1e-9), math.floor(high + 1e-9)
    if last - first >= 1:
        steps = (1, 2, 5, 10, 20, 50, 100, 200)
        step = next((s for s in steps if (last - first) / s <= most), 500)
        decades = range(math.ceil(first / step) * step, last + 1, step)
        return [(decade, "10" + str(decade).translate(SUPERSCRIPTS)) for decade in decades]
    values = [
        factor * 10.0**decade
        for decade in range(math.floor(low), math.ceil(high) + 1)
        for factor in (1, 2, 5)
    ]
    return [(math.log10(value), f"{value:.3g}") for value in values if low <= math.log10(value) <= high]
