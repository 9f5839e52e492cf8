"""The reported average precisions of (e) and the conclusion of (f)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import reference.FP_layers
from grader.errors import StaffError
from grader.lab2.claims import ClaimVerdict, Verdict
from grader.lab2.known_tables import COURSE_ON_JPEG, KnownTable
from student.given.datasets import EMBEDDED
from student.given.lab2_figures import name_scheme_in_braces
from student.given.tradeoff import (
    LayerPrecision,
    Tradeoff,
    average_table,
    find_pareto_front,
    tabulate_precision,
)

Table = list[LayerPrecision]

# A figure rounded to two decimals.
AVERAGE_TOLERANCE = 0.0051
FLOAT_BITS = 32
BIASES = 10
NORMALIZATION = 2 * (16 * 7 + 32 * 7 + 64 * 7)


@dataclass(frozen=True)
class Key:
    """The conclusion that a table of measured accuracies leads to.

    Attributes:
        scheme: The scheme that no other one beats, such as ``"442"``.
        stage: Its stage of the fewest bits, the least important one.
        why: What that stage holds, in words.
        table: The accuracies and average precisions behind it, in words.
    """

    scheme: str
    stage: str
    why: str
    table: str


def _quantized_only(table: Table) -> Table:
    return [row for row in table if row.bits != FLOAT_BITS]


def _without_shortcuts(table: Table) -> Table:
    return [row for row in table if "id_mapping" not in row.name]


def _with(table: Table, weights: int) -> Table:
    return [*table, LayerPrecision("other", weights, FLOAT_BITS)]


def _mean_of_stages(table: Table) -> float:
    """Average the bits of the first layer of each stage."""
    bits = [next(row.bits for row in table if row.name.startswith(f"body_op.{i}.")) for i in (0, 3, 6)]
    return float(sum(bits)) / len(bits)


AVERAGE_MISTAKES: tuple[tuple[str, Callable[[Table], float]], ...] = (
    ("the layers in floating point are left out", lambda t: average_table(_quantized_only(t))),
    (
        "the layers in floating point count 0 bits",
        lambda t: sum(row.weights * row.bits for row in _quantized_only(t)) / sum(row.weights for row in t),
    ),
    (
        "the layers in floating point count 16 bits",
        lambda t: average_table([row._replace(bits=min(row.bits, 16)) for row in t]),
    ),
    (
        "every layer counts the same, whatever its number of weights",
        lambda t: sum(r.bits for r in t) / len(t),
    ),
    ("the three stages count the same, whatever their number of weights", _mean_of_stages),
    ("the 1x1 convolutions of the shortcuts are left out", lambda t: average_table(_without_shortcuts(t))),
    (
        "the 1x1 convolutions of the shortcuts count 32 bits",
        lambda t: average_table([r._replace(bits=FLOAT_BITS) if "id_mapping" in r.name else r for r in t]),
    ),
    ("the biases are counted", lambda t: average_table(_with(t, BIASES))),
    ("batch normalization is counted", lambda t: average_table(_with(t, NORMALIZATION))),
    (
        "batch normalization and biases are counted",
        lambda t: average_table(_with(t, NORMALIZATION + BIASES)),
    ),
)


@cache
def tabulate_layers(bits: Any) -> Table:
    """List the layers of the reference's network: once, as each time a network has to be built.

    Args:
        bits: None, an int or a tuple of three.

    Returns:
        Name, weights and bits of each layer.
    """
    return list(tabulate_precision(bits, reference.FP_layers))


def verify_average(name: str, value: float, schemes: Mapping[str, Any]) -> ClaimVerdict:
    """Set a reported average precision against the count.

    Args:
        name: ``"average_442"`` and so on.
        value: The reported bits.
        schemes: Precision by name of the scheme.

    Returns:
        The verdict.

    Examples:
        >>> schemes = {"442": (4, 4, 2), "424": (4, 2, 4), "244": (2, 4, 4)}
        >>> verify_average("average_442", 2.6, schemes).verdict.value
        'matches'
        >>> verify_average("average_442", 2.48, schemes).words
        '2.5988 bits; 2.48 comes out when the layers in floating point are left out'
    """
    scheme = name.removeprefix("average_")
    table = tabulate_layers(schemes[scheme])
    expected = average_table(table)
    words = f"{expected:.4f} bits"

    def make(verdict: Verdict, more: str = "") -> ClaimVerdict:
        return ClaimVerdict("lab2.e", name, f"{value:g}", verdict, f"{expected:.4f}", words + more)

    if math.isclose(value, expected, abs_tol=AVERAGE_TOLERANCE):
        return make(Verdict.MATCHES)
    for other, bits in schemes.items():
        right = average_table(tabulate_layers(bits))
        if other != scheme and math.isclose(value, right, abs_tol=AVERAGE_TOLERANCE):
            named = name_scheme_in_braces(other)
            return make(Verdict.KNOWN_MISTAKE, f"; {value:g} is the average precision of {named}")
    for why, compute in AVERAGE_MISTAKES:
        if math.isclose(value, compute(table), abs_tol=AVERAGE_TOLERANCE):
            return make(Verdict.KNOWN_MISTAKE, f"; {value:g} comes out when {why}")
    return make(Verdict.OUTSIDE)


def list_tradeoffs(accuracies: Mapping[str, float], schemes: Mapping[str, Any]) -> list[Tradeoff]:
    """Set accuracies of the mixed schemes against their average precision.

    Args:
        accuracies: By name of the scheme, such as ``"442"``.
        schemes: Precision by name of the scheme.

    Returns:
        A `Tradeoff` for each scheme that has an accuracy.
    """
    return [
        Tradeoff(name, average_table(tabulate_layers(schemes[name])), accuracies[name])
        for name in schemes
        if name in accuracies
    ]


def derive_key(schemes: Mapping[str, Any], table: KnownTable = COURSE_ON_JPEG) -> Key:
    """Derive the answer of (f) from measured accuracies before finetuning.

    The best tradeoff is the scheme that no other one beats in both accuracy and average precision.

    Args:
        schemes: Precision by name of the scheme.
        table: Accuracies of these schemes, as ``before_442`` and so on.

    Returns:
        The key.

    Raises:
        StaffError: The table has not all schemes, or none of them beats the others.

    Examples:
        >>> key = derive_key({"442": (4, 4, 2), "424": (4, 2, 4), "244": (2, 4, 4)})
        >>> key.scheme, key.stage, key.why
        ('442', '3', '2 bits in stage 3, which holds 76% of the weights, save the most and harm the least')
        >>> key.table
        '{4,4,2} 0.3389 at 2.60 bits, {4,2,4} 0.3208 at 3.73 bits, {2,4,4} 0.1028 at 4.01 bits'
    """
    known = table.accuracies
    before = {name: known[f"before_{name}"] for name in schemes if f"before_{name}" in known}
    missing = [name for name in schemes if name not in before]
    points = list_tradeoffs(before, schemes)
    front = find_pareto_front(points)
    if missing or len(front) != 1:
        raise StaffError(
            f"lab2.f: found {f'no accuracies of {missing}' if missing else f'{front} on the Pareto front'} "
            f"with {table.described}, expected one scheme that beats the others",
            hint="measure the schemes of assignment.toml with the reference for grader/lab2/known_tables.py",
        )
    (best,) = front
    bits = schemes[best]
    stage = 1 + bits.index(min(bits))
    rows = tabulate_layers((1, 2, 3))  # each stage with its number as its bits
    share = sum(row.weights for row in rows if row.bits == stage) / sum(row.weights for row in rows)
    return Key(
        best,
        str(stage),
        f"{min(bits)} bits in stage {stage}, which holds {share:.0%} of the weights, "
        "save the most and harm the least",
        say_tradeoffs(points),
    )


def say_tradeoffs(points: list[Tradeoff]) -> str:
    """Put tradeoffs into words.

    Examples:
        >>> say_tradeoffs([Tradeoff("442", 2.5988, 0.8412)])
        '{4,4,2} 0.8412 at 2.60 bits'
    """
    return ", ".join(
        f"{name_scheme_in_braces(p.scheme)} {p.accuracy:.4f} at {p.average_precision:.2f} bits"
        for p in points
    )


def verify_conclusion(
    scheme: str,
    stage: str,
    data: str,
    verified: Mapping[str, float],
    schemes: Mapping[str, Any],
    measured: Mapping[str, float],
) -> dict[tuple[str, str], ClaimVerdict]:
    """Judge the conclusion of (f): the best tradeoff and the least important stage.

    The key follows from what was measured with the course's weights (`derive_key`). Another answer is
    left to a person with the numbers beside it, as is every answer on the embedded images, whose stages
    rank differently.

    Args:
        scheme: The reported scheme, such as ``"442"``; empty where none was reported.
        stage: The reported stage, ``"1"``, ``"2"`` or ``"3"``; empty where none was.
        data: Name of the images of the student's numbers.
        verified: The student's own accuracies after finetuning, by scheme, as far as they are
            verified.
        schemes: Precision by name of the scheme.
        measured: The grader's accuracies after finetuning, by scheme.

    Returns:
        A verdict for ``("lab2.f", "scheme")`` and ``("lab2.f", "stage")``, where reported.
    """
    numbers = verified if len(verified) == len(schemes) else measured
    whose = "the student's verified numbers" if numbers is verified else "the grader's numbers"
    points = list_tradeoffs(numbers, schemes)
    shown = f"; {whose} after finetuning: {say_tradeoffs(points)}" if points else ""
    best = max(points, key=lambda point: point.accuracy).scheme if points else ""
    front = find_pareto_front(points)
    verdicts = {}
    right = derive_key(schemes)
    table = f"; with {COURSE_ON_JPEG.described}, before finetuning: {right.table}"
    for name, claimed, key, rests_on in (
        ("scheme", scheme, right.scheme, table),
        ("stage", stage, right.stage, ""),
    ):
        if not claimed:
            continue
        meant = claimed if name == "scheme" else _name_scheme_of_stage(claimed, schemes)
        if data == EMBEDDED:
            verdict, words = (
                Verdict.UNVERIFIED,
                "on the embedded images the stages rank differently: a person decides",
            )
        elif claimed == key:
            verdict, words = Verdict.MATCHES, right.why + rests_on
        elif numbers is verified and meant == best:
            verdict, words = (
                Verdict.UNVERIFIED,
                "it reaches the highest accuracy of the student's own numbers",
            )
        elif numbers is verified and meant in front:
            verdict, words = (
                Verdict.UNVERIFIED,
                "no scheme with fewer bits beats it in the student's own numbers",
            )
        else:
            verdict, words = Verdict.OUTSIDE, f"the key is {key}{rests_on}"
        verdicts["lab2.f", name] = ClaimVerdict("lab2.f", name, claimed, verdict, key, words + shown)
    return verdicts


def _name_scheme_of_stage(stage: str, schemes: Mapping[str, Any]) -> str:
    """Return the scheme whose stage has the fewest bits: the one that calls it unimportant."""
    for name, bits in schemes.items():
        if stage.isdigit() and 1 <= int(stage) <= len(bits) and bits[int(stage) - 1] == min(bits):
            return name
    return ""
