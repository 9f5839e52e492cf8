"""The checks of an item in words: what is claimed, what was measured, how to go on."""

from __future__ import annotations

from typing import Any

from reportlab.platypus import Flowable, Paragraph, Table

from report_template.fonts import MONO, make_markup, shorten
from report_template.grading_summary import paint
from report_template.styles import TEXT_WIDTH, styles
from report_template.tables import make_table
from report_template.verdicts import BY_OUTCOME, NOT_RUN, WAITING, Data, State, number, points

COLUMNS = (76.0, TEXT_WIDTH - 76.0 - 44.0, 44.0)


def _field(name: str, value: Any, mono: bool = False) -> str:
    text = shorten(str(value or "").strip(), 420, 6)
    if not text:
        return ""
    markup = (
        make_markup(text, MONO).replace("\n", "<br/>") if mono else make_markup(text).replace("\n", "<br/>")
    )
    face = f'<font face="{MONO}" size="7.2">{markup}</font>' if mono else markup
    return f"<br/><b>{name}</b>  {face}"


def _name(check: Data) -> str:
    return str(check.get("name", "")).removeprefix(f"{check.get('item', '')}.").replace("_", " ")


def _claim(check: Data) -> str:
    """Write what a check claims, without the full stop, for claims are joined."""
    return make_markup(shorten(str(check.get("claim") or _name(check)).strip().rstrip("."), 300, 3))


def _join_claims(checks: list[Data]) -> str:
    """Write each different claim once, with the checks that make it where there are several."""
    by_claim: dict[str, list[str]] = {}
    for check in checks:
        by_claim.setdefault(_claim(check), []).append(make_markup(_name(check)))
    claims = (
        claim + (f" ({', '.join(names)})" if len(names) > 1 else "") for claim, names in by_claim.items()
    )
    return "; ".join(claims)


def _describe_check(check: Data, said: set[str]) -> str:
    """Claim, then what was measured beside what was expected, then why and how to go on.

    What an earlier check of the item already said is not said again.
    """
    fields = [
        _field("call", check.get("call"), mono=True),
        _field("got", check.get("got"), mono=True),
        _field("expected", check.get("expected"), mono=True),
    ]
    for name, key in (("why", "rationale"), ("hint", "hint")):
        field = _field(name, check.get(key))
        if field not in said:
            fields.append(field)
            said.add(field)
    claim = f"<b>{_claim(check)}</b>"
    if claim in said:
        claim = f"<b>{make_markup(_name(check))}</b>"
    said.add(claim)
    return claim + "".join(fields)


def _state(check: Data) -> State:
    state = BY_OUTCOME.get(str(check.get("outcome")), NOT_RUN)
    return WAITING if state is NOT_RUN and number(check.get("pending")) > 0 else state


def make_check_table(checks: list[Data]) -> Table:
    """Make one row per failed check; those that passed, or were not run for one reason, share a row.

    Args:
        checks: The checks of one item, at least one.

    Returns:
        The table: state, words, points.
    """
    rows: list[list[Flowable]] = []
    said: set[str] = set()
    groups: dict[tuple[str, str], list[Data]] = {}
    for index, check in enumerate(checks):
        outcome = str(check.get("outcome"))
        alone = f"{index}" if outcome == "failed" else str(check.get("rationale")) * (outcome != "passed")
        groups.setdefault((outcome, alone), []).append(check)
    for (outcome, _), members in groups.items():
        state = _state(members[0])
        if len(members) == 1 and outcome != "passed":
            markup = _describe_check(members[0], said)
        else:
            markup = _join_claims(members)
            markup += _field("why", members[0].get("rationale")) if outcome != "passed" else ""
        earned, most = (sum(number(check.get(key)) for check in members) for key in ("score", "max_score"))
        rows.append(
            [
                Paragraph(paint(state), styles()["cell"]),
                Paragraph(markup, styles()["cell"]),
                Paragraph(f"{points(earned)} / {points(most)}", styles()["right"]),
            ]
        )
    return make_table(rows, COLUMNS)
