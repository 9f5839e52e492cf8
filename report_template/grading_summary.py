"""The first page of the grading report: the verdict and one table of all scores."""

from __future__ import annotations

from typing import Any

from reportlab.platypus import Flowable, Paragraph, Spacer, Table, TableStyle

from report_template.fonts import SANS, make_markup, shorten
from report_template.pages import Heading, Story, make_note
from report_template.styles import FAIL, RULE, SHADE, colour, styles
from report_template.verdicts import (
    NOT_GRADED,
    TRUE_FALSE,
    WAITING,
    Data,
    State,
    describe_item,
    headline,
    is_weak,
    judge_item,
    name_item,
    number,
    points,
    ratio,
    summarize,
)

COLUMNS = (56.0, 166.0, 180.0, 46.0, 56.0)
HAIRLINE = 0.3


def item_key(item: str) -> str:
    """Name the link's target of an item's evidence."""
    return "item-true-false" if item in TRUE_FALSE else f"item-{item}"


def paint(state: State, text: str = "") -> str:
    """Write a state as markup: its word in its colour."""
    return f'<font color="{state.colour}"><b>{make_markup(text or state.word)}</b></font>'


def _cell(markup: str, style: str = "cell") -> Paragraph:
    return Paragraph(markup, styles()[style])


def _link(item: str, text: str) -> str:
    return f'<a href="#{item_key(item)}" color="#0b4f9e">{make_markup(text)}</a>'


def _owed(value: Any) -> str:
    return paint(WAITING, points(value)) if number(value) > 0 else ""


def _row(result: Data, item: str) -> list[Flowable]:
    entry = result["items"][item]
    state = judge_item(result, item)
    return [
        _cell(_link(item, name_item(item))),
        _cell(make_markup(shorten(str(entry.get("title", "")), 60, 1))),
        _cell(f"{paint(state)}  {make_markup(describe_item(result, item))}"),
        _cell(_owed(entry.get("pending")), "right"),
        _cell(ratio(entry), "right"),
    ]


def _true_false_row(result: Data, items: list[str]) -> list[Flowable]:
    entries = [result["items"][item] for item in items]
    total = {
        key: sum(number(entry.get(key)) for entry in entries) for key in ("score", "max_score", "pending")
    }
    checks = [check for check in result.get("checks") or () if check.get("item") in items]
    right = sum(check.get("outcome") == "passed" for check in checks)
    ours = any(check.get("outcome") == "error" for check in checks)
    words = f"{right} of {len(checks)} verdicts right" if checks else "no verdict was checked"
    if ours:
        words = f"{paint(NOT_GRADED)} {words}"
    return [
        _cell(_link(items[0], f"{items[0]}–{items[-1]}")),
        _cell("True/False, question by question below"),
        _cell(words),
        _cell(_owed(total["pending"]), "right"),
        _cell(ratio(total), "right"),
    ]


def _true_false_strip(result: Data, items: list[str]) -> Table:
    """Ten small cells: number, state and points of each question."""
    cells = []
    for item in items:
        entry, state = result["items"][item], judge_item(result, item)
        short = "our fault" if state is NOT_GRADED else state.word
        owed = f" +{points(entry.get('pending'))}?" if number(entry.get("pending")) > 0 else ""
        markup = f"<b>{make_markup(item)}</b><br/>{paint(state, short)}<br/>{ratio(entry)}{owed}"
        cells.append(_cell(markup, "small"))
    table = Table([cells], colWidths=[sum(COLUMNS) / len(cells)] * len(cells))
    table.setStyle(
        TableStyle(
            [
                ("FONTNAME", (0, 0), (-1, -1), SANS),
                ("INNERGRID", (0, 0), (-1, -1), HAIRLINE, colour(RULE)),
                ("BACKGROUND", (0, 0), (-1, -1), colour(SHADE)),
                ("LEFTPADDING", (0, 0), (-1, -1), 3),
                ("RIGHTPADDING", (0, 0), (-1, -1), 1),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            ]
        )
    )
    return table


def _total_row(result: Data) -> list[Flowable]:
    raw = number(result.get("raw_score"))
    applied = [policy for policy in result.get("policies") or () if policy.get("applied")]
    if applied:
        changes = ", ".join(f"{policy.get('name')} {points(policy.get('points'))}" for policy in applied)
        words = f"sum {points(raw)}; {changes}"
    else:
        words = "no cap or penalty applied"
    return [
        _cell("<b>Total</b>"),
        _cell(""),
        _cell(make_markup(words)),
        _cell(_owed(result.get("pending")), "right"),
        _cell(f"<b>{points(result.get('score'))} / {points(result.get('max_score') or 100)}</b>", "right"),
    ]


def _score_table(result: Data) -> Story:
    items = result.get("items") or {}
    if not items:
        return [make_note("There are no scores: nothing was graded.")]
    head = ["item", "question", "result", "pending", "points"]
    rows = [[_cell(text, "head" if column < 3 else "headright") for column, text in enumerate(head)]]
    look: list[Any] = [
        ("FONTNAME", (0, 0), (-1, -1), SANS),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ("TOPPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ("LINEBELOW", (0, 0), (-1, -1), HAIRLINE, colour(RULE)),
    ]
    folded = [item for item in TRUE_FALSE if item in items]
    if folded:
        rows.append(_true_false_row(result, folded))
        look += [
            ("SPAN", (0, len(rows)), (-1, len(rows))),
            *(
                (f"{side}PADDING", (0, len(rows)), (-1, len(rows)), 0)
                for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")
            ),
        ]
        rows.append([_true_false_strip(result, folded), "", "", "", ""])
    rows += [_row(result, item) for item in items if item not in TRUE_FALSE]
    rows.append(_total_row(result))
    look.append(("LINEABOVE", (0, -1), (-1, -1), 0.8, colour(RULE)))
    return [Table(rows, colWidths=COLUMNS, style=TableStyle(look), repeatRows=1)]


def make_summary(result: Data) -> Story:
    """Make the first page.

    Args:
        result: The results.

    Returns:
        Title, verdict and score table.
    """
    title = headline(result)
    story: Story = [
        Heading(f"Grading report: {title}", "title", "summary", 0, f"Grading report: {make_markup(title)}"),
        Paragraph(make_markup(shorten(summarize(result), 900, 6)), styles()["body"]),
    ]
    if is_weak(result):
        level = str((result.get("sandbox") or {}).get("level"))
        warning = (
            f"Graded in weak isolation (level {level}): the submission's code was not safely confined, "
            "so the scores may have been tampered with."
        )
        story.append(
            Paragraph(f'<font color="{FAIL}"><b>{make_markup(warning)}</b></font>', styles()["body"])
        )
    story += [Spacer(1, 4), *_score_table(result)]
    notes = [str(note) for note in (result.get("submission") or {}).get("notes") or ()]
    if notes:
        story.append(Paragraph("<b>Notes on what was handed in</b>", styles()["small"]))
        story += [
            Paragraph("• " + make_markup(shorten(note, 300, 2)), styles()["small"]) for note in notes[:8]
        ]
        if len(notes) > 8:
            story.append(make_note(f"{len(notes) - 8} more notes stand in the attached results.json."))
    return story
