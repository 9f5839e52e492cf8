"""The plots and the table of the tradeoff for a grading report: what was reported, what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.feedback import FOR_STAFF
from grader.lab2.claims import Measurements, Place
from grader.lab2.conclusions import derive_key, tabulate_layers
from grader.lab2.known_tables import COURSE_ON_JPEG
from student.given.lab2_figures import name_scheme_in_braces
from student.given.problem import load_assignment
from student.given.tradeoff import average_table

Entry = dict[str, Any]


def list_figures(reported: Mapping[Place, Any], measured: Measurements) -> dict[str, list[Entry]]:
    """List what the report shows beside the verdicts of (c) and (f).

    Args:
        reported: Reported values by item and name.
        measured: What was measured, and the bands of the reference's finetunes.

    Returns:
        By item the plots and tables, as `report_template.grading.build_grading_report` takes them;
        nothing where there is no number to show.
    """
    figures: dict[str, list[Entry]] = {}
    numbers = {place: float(value) for place, value in reported.items() if isinstance(value, int | float)}
    own = {
        when: _by_scheme({name: v for (item, name), v in numbers.items() if _belongs(item, name, when)})
        for when in ("before", "after")
    }
    means = {name: band.mean for name, band in measured.bands.items() if band is not None}
    right = {"before": _by_scheme(dict(measured.right)), "after": _by_scheme(means)}
    for whose, tables in (("as reported", own), (f"of the reference on {measured.described}", right)):
        readers = {} if tables is own else {FOR_STAFF: True}
        before, after = (_by_bits(tables[when]) for when in ("before", "after"))
        if before or after:
            figures.setdefault("lab2.c", []).append(
                {
                    "title": f"Accuracy against bits, before and after finetuning, {whose}",
                    "plot": "accuracies",
                    "before": before,
                    "after": after,
                    "float_accuracy": tables["before"].get("float"),
                }
                | readers
            )
        for when in ("before", "after"):
            points = _weigh(tables[when])
            if points and (when == "after" or not tables["after"]):
                figures.setdefault("lab2.f", []).append(
                    {
                        "title": f"Accuracy {when} finetuning against average precision, {whose}",
                        "plot": "tradeoff",
                        "schemes": points,
                    }
                    | readers
                )
    table = _tabulate(own, right)
    if table["rows"]:
        figures.setdefault("lab2.f", []).append(table)
    return figures


def _belongs(item: str, name: str, when: str) -> bool:
    if item == "lab2.d":
        return name.startswith(f"{when}_")
    return item == {"before": "lab2.b", "after": "lab2.c"}[when]


def _by_scheme(numbers: Mapping[str, float]) -> dict[str, float]:
    return {name.removeprefix("before_").removeprefix("after_"): value for name, value in numbers.items()}


def _by_bits(accuracies: Mapping[str, float]) -> dict[int, float]:
    return {
        int(name.removeprefix("bits_")): value
        for name, value in accuracies.items()
        if name.startswith("bits_")
    }


def _average(bits: Any) -> float:
    return float(average_table(tabulate_layers(bits)))


def _weigh(accuracies: Mapping[str, float]) -> list[tuple[str, float, float]]:
    """Set accuracies against average precision; the floating-point network would stretch the axis."""
    assignment = load_assignment()
    schemes = assignment.mixed_by_name | {f"bits_{bits}": bits for bits in assignment.finetune_epochs}
    return [
        (name_scheme_in_braces(name), _average(bits), accuracies[name])
        for name, bits in schemes.items()
        if name in accuracies
    ]


def _tabulate(own: Mapping[str, Any], right: Mapping[str, Any]) -> Entry:
    rows = []
    schemes = load_assignment().mixed_by_name
    key = derive_key(schemes)
    for name, bits in schemes.items():
        values = [source[when].get(name) for source in (own, right) for when in ("before", "after")]
        if any(value is not None for value in values):
            cells = ["-" if value is None else f"{value:.4f}" for value in values]
            course = f"{COURSE_ON_JPEG.accuracies[f'before_{name}']:.4f}"
            rows.append([name_scheme_in_braces(name), f"{_average(bits):.4f}", course, *cells])
    return {
        FOR_STAFF: True,
        "title": "What the conclusion rests on",
        "columns": [
            "stages",
            "average bits",
            "course's weights, before",
            "reported before",
            "after",
            "reference before",
            "after",
        ],
        "rows": rows,
        "note": f"The key, {name_scheme_in_braces(key.scheme)} and stage {key.stage}, is that of CIFAR-10. "
        f"With {COURSE_ON_JPEG.described} (third column) {name_scheme_in_braces(key.scheme)} has the fewest "
        f"bits and the highest accuracy: {key.why}. On the embedded images the stages rank differently.",
    }
