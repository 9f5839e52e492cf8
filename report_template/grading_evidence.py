"""The evidence of the grading report: per item claim, measurement, figure, code, what to do."""

from __future__ import annotations

from reportlab.platypus import KeepTogether, Paragraph, Spacer

from report_template.figure_flowable import FigureFlowable
from report_template.fonts import make_markup, shorten
from report_template.grading_checks import make_check_table
from report_template.grading_marks import make_parts, make_true_false
from report_template.grading_summary import item_key, paint
from report_template.listing import Listing, highlight
from report_template.pages import Heading, Story, guard, make_note, make_text
from report_template.plots import find_divergence, plot_staircase, plot_trajectories
from report_template.styles import TEXT_WIDTH, styles
from report_template.tables import make_table
from report_template.verdicts import (
    TRUE_FALSE,
    Data,
    checks_of,
    judge_item,
    name_item,
    number,
    points,
    ratio,
)

TRAJECTORY_ITEMS = ("lab1.b", "lab1.c", "lab1.d", "lab1.e", "lab1.f", "lab1.g")
MOST_CODE_LINES = 40
LINES = "Solid: the submission. Dashed grey: the reference."


def _heading(result: Data, item: str) -> Heading:
    entry = result["items"][item]
    state = judge_item(result, item)
    owed = f", {points(entry.get('pending'))} pending" if number(entry.get("pending")) > 0 else ""
    title = shorten(str(entry.get("title", "")), 80, 1)
    text = f"{name_item(item)}  {title}: {ratio(entry)}{owed}"
    markup = f"{make_markup(text)}  {paint(state)}"
    return Heading(text, "h2", item_key(item), 1, markup)


def _runs(item: str, evidence: Data) -> Story:
    runs = (evidence.get("runs") or {}).get(item)
    if not runs:
        return [make_note("No run was recorded for this item, so there is no figure.")]
    diverged = [
        f"{run.get('label')} from step {step}" for run in runs if (step := find_divergence(run)) is not None
    ]
    caption = LINES + " L below 1e-20 is drawn at 1e-20."
    if diverged:
        caption += f" Not finite: {', '.join(diverged)}."
    story: Story = []
    for start in range(0, min(len(runs), 12), 4):
        story.append(FigureFlowable(plot_trajectories(runs[start : start + 4])))
    return [*story, Paragraph(make_markup(shorten(caption, 400, 3)), styles()["caption"])]


def _quantizer(evidence: Data) -> Story:
    staircase = evidence.get("staircase")
    if not staircase:
        return [make_note("The quantizer was not run, so there is no staircase.")]
    caption = "Quantized against float weights. " + LINES
    return [FigureFlowable(plot_staircase(staircase)), Paragraph(caption, styles()["caption"])]


def _excerpt(source: Data | None, title: str, most: int = MOST_CODE_LINES) -> Story:
    if not source or not source.get("source"):
        return [make_note(f"{title}: no source was found.")]
    first = int(source.get("first_line") or 1)
    where = f"{title}: {source.get('file', 'unknown file')}, from line {first}"
    lines = highlight(str(source["source"]), first, most=most)
    return [Paragraph(make_markup(shorten(where, 160, 1)), styles()["caption"]), Listing(lines)]


def _code(result: Data, item: str, evidence: Data) -> Story:
    """The lines of code of each function that lost points."""
    sources = evidence.get("sources") or {}
    blamed = [
        check.get("function")
        for check in checks_of(result, item)
        if check.get("outcome") == "failed" and check.get("function")
    ]
    story: Story = []
    for function in dict.fromkeys(blamed):
        if function in sources and not (item == "lab2.a" and evidence.get("listing")):
            story += _excerpt(sources[function], str(function))
    return story


def _tables(item: str, evidence: Data) -> Story:
    story: Story = []
    for table in (evidence.get("lab2") or {}).get(item) or ():
        rows = [
            [
                Paragraph(make_markup(shorten(str(name), 80, 2)), styles()["head"])
                for name in table.get("columns") or ()
            ]
        ]
        for row in (table.get("rows") or ())[:40]:
            cells = [make_markup(shorten(str(value), 200, 3)) for value in row]
            rows.append([Paragraph(cell, styles()["cell"]) for cell in cells])
        width = TEXT_WIDTH / max((len(row) for row in rows), default=1)
        if table.get("title"):
            story.append(Paragraph(make_markup(shorten(str(table["title"]), 200, 2)), styles()["small"]))
        story.append(make_table(rows, (width,) * max(len(row) for row in rows)))
        story += make_text(str(table.get("note") or ""), "caption", 600)
    return story


def _block(result: Data, item: str, evidence: Data) -> Story:
    checks = checks_of(result, item)
    start: Story = [_heading(result, item)]
    if checks:
        start.append(make_check_table(checks))
    figures: Story = []
    if item in TRAJECTORY_ITEMS:
        figures = [Spacer(1, 3), *guard(lambda: _runs(item, evidence), "The figure of this item")]
    elif item == "lab2.a":
        figures = [Spacer(1, 3), *guard(lambda: _quantizer(evidence), "The staircase")]
    figures += guard(lambda: _tables(item, evidence), "The tables of this item")
    code = guard(lambda: _code(result, item, evidence), "The code")
    if item == "lab2.a":
        code += guard(lambda: _excerpt(evidence.get("listing"), "STE as handed in", 60), "The listing")
    parts = guard(lambda: make_parts(item, result["items"][item], checks, evidence), "What a person marks")
    rest = [*code, *parts]
    # A heading with nothing under it would stand alone at the foot of a page.
    kept = [] if checks or figures else rest[:2]
    return [KeepTogether([*start, *figures, *kept]), *rest[len(kept) :]]


def make_evidence(result: Data, evidence: Data) -> Story:
    """Make the evidence of every item.

    Args:
        result: The results.
        evidence: Curves, listings and texts; every part may be missing.

    Returns:
        One block per item, in the order of the assignment.
    """
    items = result.get("items") or {}
    story: Story = [Heading("Evidence, item by item", "h1", "evidence", 0)]
    folded = [item for item in TRUE_FALSE if item in items]
    if folded:
        story += guard(lambda: make_true_false(result, folded, evidence), "The True/False questions")
    for item in items:
        if item not in TRUE_FALSE:
            story += _block(result, item, evidence)
    if not items:
        story.append(make_note("Nothing was graded, so there is no evidence."))
    return story
