"""The student's report, second half: Lab 2 and the attachments."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import Any

from reportlab.platypus import KeepTogether, Paragraph

from report_template.accuracy_plots import Scheme, plot_accuracies, plot_tradeoff
from report_template.figure_flowable import FigureFlowable
from report_template.fonts import shorten
from report_template.pages import Heading, Story, guard, start_section
from report_template.student_content import (
    FINETUNED_BITS,
    LAB2_TITLES,
    SCHEMES,
    UNIFORM_BITS,
    list_of,
    name_scheme,
    number_of,
    text_of,
    uniform_of,
)
from report_template.student_sections import MISSING, make_answers, make_ste, mark_missing, paragraph
from report_template.styles import TEXT_WIDTH, styles
from report_template.tables import make_table
from report_template.typesetting import Typesetter

FIRST_COLUMN = 150.0
MOST_LAYERS = 200
AGREEMENT = 5e-4  # reported averages are written with three or four decimals


def percent(value: float | None) -> str:
    """Write an accuracy in percent.

    Examples:
        >>> percent(0.9151), percent(None)
        ('91.51 %', 'missing')
    """
    return "missing" if value is None else f"{100 * value:.2f} %"


def _cell(text: str, column: int) -> Paragraph:
    style = "cell" if column == 0 else "right"
    return Paragraph(MISSING, styles()[style]) if text == "missing" else paragraph(text, style)


def _number_table(head: list[str], rows: list[list[str]], first: float = FIRST_COLUMN) -> Any:
    width = (TEXT_WIDTH - first) / max(len(head) - 1, 1)
    styled = [[paragraph(text, "head" if column == 0 else "headright") for column, text in enumerate(head)]]
    styled += [[_cell(text, column) for column, text in enumerate(row)] for row in rows]
    table = make_table(styled, (first, *[width] * (len(head) - 1)))
    table.repeatRows = 1
    return table


def _uniform(content: Any, key: str) -> dict[int, float]:
    found = {bit: number_of(entry, key) for bit, entry in uniform_of(content).items()}
    return {bit: value for bit, value in found.items() if value is not None}


def _epochs(content: Any, *keys: Any) -> str:
    epochs = number_of(content, *keys)
    return "" if epochs is None else f"{epochs:g}"


def _quantized(content: Any) -> Story:
    rows = [["floating point", percent(number_of(content, "lab2", "float_accuracy"))]]
    before = _uniform(content, "before")
    bits = sorted({*UNIFORM_BITS, *before}, reverse=True)
    rows += [[f"{bit} bits", percent(before.get(bit))] for bit in bits]
    story: Story = [_number_table(["weights of the residual blocks", "test accuracy"], rows)]
    if before:
        figure = plot_accuracies(
            before, _uniform(content, "after"), number_of(content, "lab2", "float_accuracy")
        )
        story += [FigureFlowable(figure), paragraph("Test accuracy against bits.", "caption")]
    return story


def _finetuned(content: Any) -> Story:
    before, after = _uniform(content, "before"), _uniform(content, "after")
    rows = [
        [
            f"{bit} bits",
            percent(before.get(bit)),
            percent(after.get(bit)),
            _epochs(uniform_of(content), bit, "epochs"),
        ]
        for bit in sorted({*FINETUNED_BITS, *after}, reverse=True)
    ]
    return [_number_table(["weights", "before", "highest during finetuning", "epochs"], rows)]


def _mixed(content: Any) -> Story:
    rows = []
    points = []
    for scheme in SCHEMES:
        before, after, average = (
            number_of(content, "lab2", "mixed", scheme, key) for key in ("before", "after", "average")
        )
        epochs = _epochs(content, "lab2", "mixed", scheme, "epochs")
        rows.append([name_scheme(scheme), percent(before), percent(after), epochs])
        if after is not None and average is not None:
            points.append(Scheme(name_scheme(scheme), average, after))
    for bit, after in sorted(_uniform(content, "after").items()):
        average = number_of(uniform_of(content), bit, "average")
        if average is not None:
            points.append(Scheme(f"{bit} bits", average, after))
    story: Story = [
        _number_table(["bits of the three stages", "before finetuning", "after finetuning", "epochs"], rows)
    ]
    if points:
        caption = "Accuracy after finetuning against average precision, with the Pareto front."
        story += [FigureFlowable(plot_tradeoff(points)), paragraph(caption, "caption")]
    return story


def _precision(content: Any) -> Story:
    """Show the count per layer, its sums, and the averages that follow, beside those reported."""
    layers = [
        layer for layer in list_of(content, "lab2", "e", "layers")[:MOST_LAYERS] if isinstance(layer, dict)
    ]
    reported = {scheme: number_of(content, "lab2", "mixed", scheme, "average") for scheme in SCHEMES}
    names = [name_scheme(scheme) for scheme in SCHEMES]
    if not layers:
        rows = [
            ["reported", "", *("missing" if value is None else f"{value:.4f}" for value in reported.values())]
        ]
        return [mark_missing("the count per layer"), _number_table(["average precision", "", *names], rows)]
    rows, sums, total = [], dict.fromkeys(SCHEMES, 0.0), 0.0
    for layer in layers:
        elements = number_of(layer, "elements") or 0.0
        total += elements
        bits = {scheme: number_of(layer, "bits", scheme) for scheme in SCHEMES}
        for scheme, value in bits.items():
            sums[scheme] += elements * (value or 0.0)
        texts = ["missing" if value is None else f"{value:g}" for value in bits.values()]
        rows.append([shorten(str(layer.get("name", "")), 60, 1), f"{elements:,.0f}", *texts])
    rows.append(["sum of elements × bits", f"{total:,.0f}", *(f"{value:,.0f}" for value in sums.values())])
    averages = {scheme: value / total if total else 0.0 for scheme, value in sums.items()}
    rows.append(["sum / number of elements", "", *(f"{value:.4f}" for value in averages.values())])
    rows.append(
        ["reported", "", *("missing" if value is None else f"{value:.4f}" for value in reported.values())]
    )
    story: Story = [_number_table(["layer", "weight elements", *names], rows, 190.0)]
    differing = [
        name_scheme(scheme)
        for scheme, value in reported.items()
        if value is not None and abs(value - averages[scheme]) > AGREEMENT
    ]
    if differing:
        story.append(
            mark_missing(f"agreement of the reported average with this table for {', '.join(differing)}")
        )
    caption = "Average precision = sum over layers of elements × bits, divided by the number of elements."
    return [*story, paragraph(caption + " Batch normalization and biases do not count.", "caption")]


def _conclusion(content: Any) -> Story:
    scheme, stage = (text_of(content, "lab2", "f", key) for key in ("scheme", "stage"))
    named = name_scheme(shorten(scheme, 20, 1)) if scheme else "missing"
    words = f"Best tradeoff: {named}. Least important stage: {shorten(stage, 20, 1) or 'missing'}."
    return [paragraph(words, "body")]


def make_lab2(content: Any, typesetter: Typesetter) -> Story:
    """Make Lab 2: the listing, tables, plots and observations."""
    parts = {"a": make_ste, "b": _quantized, "c": _finetuned, "d": _mixed, "e": _precision, "f": _conclusion}
    story: Story = [Heading("3 Lab 2: Fixed-point quantization and finetuning", "h1", "lab2", 0)]
    for letter, make in parts.items():
        heading = Heading(f"({letter}) {LAB2_TITLES[letter]}", "h2", f"lab2.{letter}", 1)
        shown = guard(partial(make, content), "This part")
        story += [*start_section(heading), *shown] if letter in "ae" else [KeepTogether([heading, *shown])]
        if letter != "a" or list_of(content, "lab2", "a", "answers"):
            story += guard(partial(make_answers, content, "lab2", letter, typesetter), "Your text")
    return story


def make_attachments(files: dict[str, bytes]) -> Story:
    """List what is attached, with sizes and hashes."""
    if not files:
        return [
            Heading("Attached files", "h1", "attachments", 0),
            mark_missing("answers.toml, results.json and your code"),
        ]
    rows = [
        [
            paragraph(shorten(name, 60, 1), "small"),
            paragraph(f"{len(data):,} bytes", "small"),
            paragraph(f"sha256 {hashlib.sha256(data).hexdigest()}", "code"),
        ]
        for name, data in sorted(files.items())[:40]
    ]
    note = "These files are inside this PDF; a PDF reader lists them as attachments."
    table = make_table(rows, (120.0, 70.0, TEXT_WIDTH - 190.0))
    return [
        KeepTogether(
            [Heading("Attached files", "h1", "attachments", 0), Paragraph(note, styles()["body"]), table]
        )
    ]
