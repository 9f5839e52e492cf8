"""The evidence of the grading report: per item claim, measurement, figure, code, what to do."""

from __future__ import annotations

from reportlab.platypus import KeepTogether, Paragraph, Spacer, Table

from report_template.accuracy_plots import Scheme, plot_accuracies, plot_tradeoff
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
SUBMISSION = "Solid: the submission."
LINES = SUBMISSION + " Dashed grey: the reference."


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
    compared = any(run.get("reference_loss") is not None for run in runs)
    caption = (LINES if compared else SUBMISSION) + " L below 1e-20 is drawn at 1e-20."
    if item == "lab1.g":
        caption += " Two points leave ties: a run that keeps another of equal entries is right as well."
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
    caption = "Quantized against float weights. " + (LINES if staircase.get("reference") else SUBMISSION)
    return [FigureFlowable(plot_staircase(staircase)), Paragraph(caption, styles()["caption"])]


def _excerpt(source: Data | None, title: str, most: int = MOST_CODE_LINES) -> Story:
    if not source or not source.get("source"):
        return [make_note(f"{title}: no source was found.")]
    first = int(source.get("first_line") or 1)
    where = f"{title}: {source.get('file', 'unknown file')}, from line {first}"
    lines = highlight(str(source["source"]), first, most=most)
    caption = Paragraph(make_markup(shorten(where, 160, 1)), styles()["caption"])
    caption.keepWithNext = 1
    return [caption, Listing(lines)]


def _code(checks: list[Data], item: str, evidence: Data, shown: dict[str, str]) -> Story:
    """Show the code of each function that lost points, once in the report."""
    sources = evidence.get("sources") or {}
    blamed = [str(check.get("function")) for check in checks if check.get("outcome") == "failed"]
    story: Story = []
    for function in dict.fromkeys(blamed):
        if function not in sources or (item == "lab2.a" and evidence.get("listing")):
            continue
        if function in shown:
            told = f"The code of {function} is shown at {name_item(shown[function])}."
            story.append(Paragraph(make_markup(told), styles()["caption"]))
        else:
            story += _excerpt(sources[function], function)
            shown[function] = item
    return story


def _lab2(item: str, evidence: Data) -> Story:
    """Show the tables and plots of Lab 2 that the grader measured."""
    story: Story = []
    for entry in (evidence.get("lab2") or {}).get(item) or ():
        if entry.get("title"):
            story.append(Paragraph(make_markup(shorten(str(entry["title"]), 200, 2)), styles()["small"]))
        if entry.get("plot") == "accuracies":
            figure = plot_accuracies(entry["before"], entry["after"], entry.get("float_accuracy"))
            story.append(FigureFlowable(figure))
        elif entry.get("plot") == "tradeoff":
            story.append(FigureFlowable(plot_tradeoff([Scheme(*scheme) for scheme in entry["schemes"]])))
        else:
            story.append(_table(entry))
        story += make_text(str(entry.get("note") or ""), "caption", 600)
    return story


def _table(entry: Data) -> Table:
    head = [make_markup(shorten(str(name), 80, 2)) for name in entry.get("columns") or ()]
    rows = [[Paragraph(cell, styles()["head"]) for cell in head]]
    for row in (entry.get("rows") or ())[:40]:
        cells = [make_markup(shorten(str(value), 200, 3)) for value in row][: len(head)]
        cells += [""] * (len(head) - len(cells))
        rows.append([Paragraph(cell, styles()["cell"]) for cell in cells])
    return make_table(rows, (TEXT_WIDTH / len(head),) * len(head))


def _block(result: Data, item: str, evidence: Data, shown: dict[str, str]) -> Story:
    checks = checks_of(result, item)
    start: Story = [_heading(result, item)]
    if checks:
        start.append(make_check_table(checks))
    figures: Story = []
    if item in TRAJECTORY_ITEMS:
        figures = [Spacer(1, 3), *guard(lambda: _runs(item, evidence), "The figure of this item")]
    elif item == "lab2.a":
        figures = [Spacer(1, 3), *guard(lambda: _quantizer(evidence), "The staircase")]
    figures += guard(lambda: _lab2(item, evidence), "The tables of this item")
    code = guard(lambda: _code(checks, item, evidence, shown), "The code")
    if item == "lab2.a":
        code += guard(lambda: _excerpt(evidence.get("listing"), "STE as handed in", 60), "The listing")
    parts = guard(lambda: make_parts(item, result["items"][item], checks, evidence), "What a person marks")
    rest = [*code, *parts]
    # A heading with nothing under it would stand alone at the foot of a page; a block with failed
    # checks is tall, so its figure may go to the next page.
    kept = [] if checks or figures else rest[:2]
    if any(check.get("outcome") == "failed" for check in checks):
        return [KeepTogether(start), KeepTogether(figures), *rest]
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
    shown: dict[str, str] = {}
    folded = [item for item in TRUE_FALSE if item in items]
    if folded:
        story += guard(lambda: make_true_false(result, folded, evidence), "The True/False questions")
    for item in items:
        if item not in TRUE_FALSE:
            story += _block(result, item, evidence, shown)
    if not items:
        story.append(make_note("Nothing was graded, so there is no evidence."))
    return story
