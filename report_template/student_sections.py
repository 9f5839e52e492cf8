"""The student's report, first half: title, True/False, Lab 1."""

from __future__ import annotations

from functools import partial
from typing import Any

from reportlab.platypus import Flowable, KeepTogether, Paragraph, Spacer

from report_template.figure_flowable import FigureFlowable
from report_template.fonts import MONO, make_markup, shorten
from report_template.listing import Listing, highlight
from report_template.pages import Heading, Story, guard, make_note, start_section
from report_template.plots import plot_trajectories
from report_template.student_content import (
    LAB1_RUNS,
    LAB1_TITLES,
    TRUE_FALSE,
    answers_of,
    dig,
    list_of,
    read_verdict,
    table_of,
    text_of,
)
from report_template.styles import FAIL, TEXT_WIDTH, styles
from report_template.tables import make_table
from report_template.typesetting import Typesetter

VERDICT_COLUMNS = (28.0, 190.0, 44.0, TEXT_WIDTH - 28.0 - 190.0 - 44.0)
LONGEST_CELL = 700
RUNS_PER_FIGURE = 4
MISSING = f'<font color="{FAIL}"><b>missing</b></font>'


def mark_missing(what: str) -> Flowable:
    """Mark in the report that something is missing."""
    return Paragraph(f'<font color="{FAIL}"><b>Missing:</b> {make_markup(what)}</font>', styles()["body"])


def paragraph(text: str, style: str = "cell") -> Paragraph:
    """Make a paragraph of plain text."""
    return Paragraph(make_markup(text), styles()[style])


def _group(missing: list[str]) -> str:
    """Write what is missing with each item named once."""
    by_item: dict[str, list[str]] = {}
    for phrase in missing:
        item, colon, what = phrase.rpartition(": ")
        by_item.setdefault(item + colon, []).append(shorten(what, 120, 1))
    return "; ".join(item + ", ".join(phrases) for item, phrases in by_item.items())


def make_title(content: Any, missing: list[str]) -> Story:
    """Make the head of the first page.

    Args:
        content: What the report is made from.
        missing: What it lacks.

    Returns:
        Title, who wrote it, and a note on what is missing.
    """
    title = shorten(text_of(content, "title") or "Homework 4", 200, 2)
    story: Story = [Heading(title, "title", "title", 0)]
    if subtitle := text_of(content, "subtitle"):
        story.append(paragraph(shorten(subtitle, 200, 2), "body"))
    name, netid = (shorten(text_of(content, "student", key), 120, 1) for key in ("name", "netid"))
    story.append(paragraph(f"Name: {name or 'missing'} · NetID: {netid or 'missing'}", "body"))
    notes = [str(note) for note in list_of(content, "notes")]
    story += [make_note(shorten(note, 400, 4)) for note in notes[:10]]
    if missing:
        words = f"This report is not complete. Missing ({len(missing)}): {shorten(_group(missing), 3000, 4)}."
        story.append(Paragraph(f'<font color="{FAIL}">{make_markup(words)}</font>', styles()["small"]))
    return [*story, Spacer(1, 6)]


def make_true_false(content: Any, typesetter: Typesetter) -> Story:
    """Make the table of the True/False questions."""
    head = ["no.", "statement", "verdict", "explanation"]
    rows: list[list[Any]] = [[Paragraph(text, styles()["head"]) for text in head]]
    continued: Story = []
    for item in TRUE_FALSE:
        answer = table_of(content, "true_false", item)
        explanation = text_of(answer, "explanation")
        verdict = read_verdict(answer.get("verdict"))
        if len(explanation) > LONGEST_CELL or explanation.count("\n") > 12:
            told = paragraph("see below the table", "small")
            continued.append(paragraph(f"Explanation of {item}", "h2"))
            continued += typesetter.set_text(explanation)
        else:
            told = typesetter.set_text(explanation, "small", VERDICT_COLUMNS[3] - 8)
            told = told or Paragraph(MISSING, styles()["small"])
        rows.append(
            [
                paragraph(item),
                paragraph(shorten(text_of(answer, "statement"), 400, 6), "small"),
                Paragraph(f"<b>{verdict}</b>", styles()["cell"])
                if verdict
                else Paragraph(MISSING, styles()["small"]),
                told,
            ]
        )
    table = make_table(rows, VERDICT_COLUMNS)
    table.repeatRows = 1
    return [*start_section(Heading("1 True/False questions", "h1", "true-false", 0)), table, *continued]


def make_answers(content: Any, lab: str, letter: str, typesetter: Typesetter) -> Story:
    """Set what the student wrote on an item.

    Args:
        content: What the report is made from.
        lab: ``"lab1"`` or ``"lab2"``.
        letter: The item.
        typesetter: Sets the texts.

    Returns:
        Each label with its text, or a mark that it is missing.
    """
    answers = answers_of(content, lab, letter)
    if not answers:
        return [mark_missing("what you observed")]
    story: Story = []
    for long_label, text in answers:
        label = shorten(long_label, 160, 1)
        if not text:
            story.append(mark_missing(label))
        elif len(text) <= 20 and "$" not in text:
            colon = "" if label.endswith(("?", ":")) else ":"
            markup = f"<b>{make_markup(label)}{colon}</b> {make_markup(text)}"
            story.append(Paragraph(markup, styles()["body"]))
        else:
            story.append(Paragraph(f"<b>{make_markup(label)}</b>", styles()["small"]))
            story += typesetter.set_text(text)
    return story


def make_listing(source: Any, most: int = 120) -> Story:
    """Make a listing of code from ``file``, ``first_line`` and ``source``."""
    first = int(source.get("first_line") or 1)
    where = f"{source.get('file', 'your code')}, from line {first}"
    lines = highlight(str(source["source"]), first, most=most)
    return [paragraph(shorten(where, 160, 1), "caption"), Listing(lines)]


def _figures(content: Any, letter: str) -> Story:
    runs = list_of(content, "lab1", letter, "runs")
    if not runs:
        return [mark_missing("the figures; `hw4 lab1` makes them")]
    story: Story = []
    expected = LAB1_RUNS[letter]
    for start in range(0, min(len(runs), 16), RUNS_PER_FIGURE):
        story.append(FigureFlowable(plot_trajectories(runs[start : start + RUNS_PER_FIGURE])))
    caption = "log L and W against the steps. L below 1e-20 is drawn at 1e-20."
    told = text_of(content, "lab1", letter, "caption")
    story.append(paragraph(shorten(f"{told} {caption}".strip(), 400, 4), "caption"))
    if len(runs) < expected:
        story.append(mark_missing(f"{expected - len(runs)} of {expected} runs"))
    early = list_of(content, "lab1", letter, "early_runs")[:RUNS_PER_FIGURE]
    if early:
        story.append(FigureFlowable(plot_trajectories(early)))
        story.append(paragraph("The first steps.", "caption"))
    return story


def _derivation(content: Any, typesetter: Typesetter) -> Story:
    update, derivation = (text_of(content, "lab1", "a", key) for key in ("update", "derivation"))
    story: Story = [Heading(f"(a) {LAB1_TITLES['a']}", "h2", "lab1.a", 1)]
    if derivation:
        story += typesetter.set_text(derivation)
    else:
        story.append(mark_missing("the derivation"))
    if update:
        formula = make_markup(shorten(update, 1200, 12), MONO).replace("\n", "<br/>")
        story.append(Paragraph("W<super>k+1</super> in the notation of answers.toml:", styles()["body"]))
        story.append(Paragraph(formula, styles()["code"]))
    else:
        story.append(mark_missing("the formula"))
    return story


def make_lab1(content: Any, typesetter: Typesetter) -> Story:
    """Make Lab 1: the derivation, then figures and observations per item."""
    story: Story = [Heading("2 Lab 1: Sparse optimization of linear models", "h1", "lab1", 0)]
    story += guard(lambda: _derivation(content, typesetter), "The derivation")
    for letter in LAB1_RUNS:
        heading = Heading(f"({letter}) {LAB1_TITLES[letter]}", "h2", f"lab1.{letter}", 1)
        figures = guard(partial(_figures, content, letter), "The figures of this item")
        texts = guard(partial(make_answers, content, "lab1", letter, typesetter), "Your text")
        story += [KeepTogether([heading, *figures]), *texts]
    return story


def make_ste(content: Any) -> Story:
    """Make the listing of the class STE."""
    listing = dig(content, "lab2", "a", "listing")
    return (
        make_listing(listing)
        if text_of(listing, "source")
        else [mark_missing("the listing of the class STE")]
    )
