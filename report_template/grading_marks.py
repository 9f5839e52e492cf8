"""What a person marks: the student's texts, each with an empty box for the mark."""

from __future__ import annotations

from typing import Any

from reportlab.platypus import Flowable, Paragraph

from report_template.fonts import SANS, make_markup, shorten
from report_template.grading_summary import item_key, paint
from report_template.pages import Heading, Story, make_text
from report_template.plain_mathematics import flatten_formulas
from report_template.styles import TEXT_WIDTH, colour, styles
from report_template.tables import make_table
from report_template.verdicts import (
    BY_OUTCOME,
    LOST,
    NOT_RUN,
    PASSED,
    WAITING,
    Data,
    checks_of,
    number,
    points,
    ratio,
)
from report_template.wrapping import join_lines


class MarkBox(Flowable):  # type: ignore[misc]  # reportlab carries no annotations
    """An empty box where a person writes the mark, and the points it is out of.

    Args:
        most: The points.
    """

    def __init__(self, most: float) -> None:
        super().__init__()
        self.text = f"/ {points(most)}"
        self.width, self.height = 50.0, 14.0

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:  # noqa: ARG002
        """Return the box's size, whatever is available."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw onto ``self.canv``."""
        self.canv.setStrokeColor(colour(WAITING.colour))
        self.canv.setLineWidth(0.8)
        self.canv.rect(0, 0, 28, 13, stroke=1, fill=0)
        self.canv.setFont(SANS, 8)
        self.canv.drawString(32, 3.5, self.text)


def make_parts(item: str, entry: Data, checks: list[Data], evidence: Data) -> Story:
    """Make the parts of an item that a person marks.

    Args:
        item: The rubric item.
        entry: Its entry of the results.
        checks: Its checks: those that our fault left without an outcome are not for a person to mark.
        evidence: The evidence, for texts that the results do not hold.

    Returns:
        Per part its state, the student's text and a box, or the mark that was given.
    """
    story: Story = []
    ours = any(check.get("outcome") == "error" for check in checks)
    answers = {str(label): str(text) for label, text in (evidence.get("answers") or {}).get(item) or ()}
    for part in entry.get("parts") or ():
        if part.get("kind") == "automatic":
            if number(part.get("pending")) > 0 and not ours:
                story += _part(part, "")
            continue
        title = str(part.get("title") or part.get("id") or "")
        text = str(part.get("text") or "") or answers.pop(title, "")
        answers.pop(title, None)
        story += _part(part, text)
    for label, text in answers.items():
        story += make_text(f"{label}: {text}", "answer", 2500)
    return story


def _group_reasons(rationale: str) -> str:
    r"""Write a reason that several lines give, each after a name, once with all names.

    Examples:
        >>> _group_reasons("float: not verified\nbits_6: not verified\nbits_5: as measured")
        'not verified: float, bits_6\nas measured: bits_5'
    """
    by_reason: dict[str, list[str]] = {}
    for line in rationale.splitlines():
        name, colon, reason = line.partition(": ")
        if not colon or " " in name:
            return rationale
        by_reason.setdefault(reason, []).append(name)
    return "\n".join(f"{reason}: {', '.join(names)}" for reason, names in by_reason.items())


def _part(part: Data, text: str) -> Story:
    title = str(part.get("title") or part.get("id") or "")
    pending = number(part.get("pending"))
    if pending > 0:
        state, box = WAITING, MarkBox(pending)
        words = f"{title}: for a person to mark"
    else:
        lost = number(part.get("score")) < number(part.get("max_score"))
        state = LOST if lost else PASSED
        box = Paragraph(ratio(part), styles()["right"])
        words = title
    rationale = shorten(_group_reasons(str(part.get("rationale") or "")), 600, 8)
    markup = make_markup(words)
    if rationale and rationale != "to be marked by a person":
        markup += "<br/>" + make_markup(rationale).replace("\n", "<br/>")
    row = [Paragraph(paint(state), styles()["cell"]), Paragraph(markup, styles()["cell"]), box]
    table = make_table([row], (76.0, TEXT_WIDTH - 76.0 - 56.0, 56.0))
    table.keepWithNext = bool(text)
    if part.get("kind") == "claim":
        text = ", ".join(text.splitlines())
    return [table, *make_text(text, "answer", 2500)]


def make_true_false(result: Data, items: list[str], evidence: Data) -> Story:
    """Make the table of the True/False questions.

    Args:
        result: The results.
        items: The questions that were graded.
        evidence: The evidence, for explanations that the results do not hold.

    Returns:
        A heading and the table: verdict, explanation, box for the mark.
    """
    head = ["no.", "verdict", "explanation of the student", "mark"]
    rows: list[list[Any]] = [[Paragraph(text, styles()["head"]) for text in head]]
    for item in items:
        entry = result["items"][item]
        verdicts = []
        for check in checks_of(result, item):
            state = BY_OUTCOME.get(str(check.get("outcome")), NOT_RUN)
            if state not in (PASSED, LOST):
                verdicts.append(paint(state))
                continue
            got = make_markup(shorten(str(check.get("got") or "none"), 60, 1))
            expected = make_markup(shorten(str(check.get("expected") or ""), 40, 1))
            if state is PASSED:
                beside = f": {got}" if check.get("got") else ""
            else:
                beside = f"<br/>got {got}" + (f", expected {expected}" if expected else "")
            verdicts.append(paint(state) + beside)
        human = [part for part in entry.get("parts") or () if part.get("kind") != "automatic"]
        text = "\n".join(str(part.get("text") or part.get("rationale") or "") for part in human)
        answers = (evidence.get("answers") or {}).get(item) or ()
        if answers and not any(part.get("text") for part in human):
            text = "\n".join(str(answer) for _, answer in answers)
        owed = sum(number(part.get("pending")) for part in human)
        marked = ratio({key: sum(number(part.get(key)) for part in human) for key in ("score", "max_score")})
        mark = MarkBox(owed) if owed > 0 else Paragraph(marked, styles()["right"])
        rows.append(
            [
                Paragraph(make_markup(item), styles()["cell"]),
                Paragraph("<br/>".join(verdicts) or "not checked", styles()["small"]),
                Paragraph(
                    make_markup(shorten(flatten_formulas(join_lines(text)), 900, 12)).replace("\n", "<br/>"),
                    styles()["small"],
                ),
                mark,
            ]
        )
    table = make_table(rows, (30.0, 90.0, TEXT_WIDTH - 30 - 90 - 58, 58.0))
    table.repeatRows = 1
    return [Heading("True/False", "h2", item_key(items[0]), 1), table]
