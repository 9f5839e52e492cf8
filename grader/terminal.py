"""What ``hw4-grade`` prints: a table of items, what lost points, what a person still owes."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

STYLES = {"full": "green", "partial": "yellow", "none": "red", "pending": "cyan"}
MAX_LINE = 160


def plain(value: object, limit: int = MAX_LINE) -> Text:
    """Show a student's text as it is: no markup, no control characters."""
    cleaned = "".join(character if character.isprintable() else "�" for character in str(value)[:limit])
    return Text(cleaned)


def _describe_state(item: dict[str, Any]) -> tuple[str, str]:
    if item["pending"]:
        return f"{item['pending']:g} to be marked by a person", STYLES["pending"]
    if item["score"] >= item["max_score"]:
        return "full marks", STYLES["full"]
    return ("partly right", STYLES["partial"]) if item["score"] else ("no points", STYLES["none"])


def _build_table(result: dict[str, Any]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("item")
    table.add_column("question")
    table.add_column("score", justify="right")
    table.add_column("of", justify="right")
    table.add_column("state")
    for name, item in result["items"].items():
        words, style = _describe_state(item)
        table.add_row(name, item["title"], f"{item['score']:g}", f"{item['max_score']:g}", Text(words, style))
    return table


def _list_losses(result: dict[str, Any]) -> list[Text]:
    """List what did not pass; of several checks of one function the first is told in full."""
    lines = []
    told: set[str] = set()
    for check in result["checks"]:
        left_to_person = check["outcome"] == "skipped" and check["pending"]
        if check["outcome"] == "passed" or left_to_person:
            continue
        head = f"{check['outcome']:8}{check['name']}  {check['score']:g}/{check['max_score']:g}"
        lines.append(Text(head, "red" if check["outcome"] == "failed" else "yellow"))
        subject = check["function"] or check["name"]
        keys = ("rationale",) if subject in told else ("call", "got", "expected", "rationale", "hint")
        told.add(subject)
        lines += [
            Text(f"    {'why' if key == 'rationale' else key:9}", "dim") + plain(check[key])
            for key in keys
            if check[key]
        ]
    return lines


def print_result(console: Console, result: dict[str, Any]) -> None:
    """Print a result for a person.

    Args:
        console: Where to; it honours ``NO_COLOR``.
        result: As in ``results.json``.
    """
    parts: list[RenderableType] = [_build_table(result), *_list_losses(result)]
    notes = [Text("note    ", "dim") + plain(note) for note in result["submission"]["notes"]]
    policies = [
        Text(f"policy  {policy['name']}: {policy['points']:+g}  ") + plain(policy["rationale"])
        for policy in result["policies"]
        if policy["applied"]
    ]
    sandbox = result["sandbox"]
    layers, seed = ", ".join(sandbox["layers"]), result["provenance"].get("seed", "kept by the staff")
    level = Text(f"isolation level {sandbox['level']} ({layers}), seed {seed}")
    if sandbox["weak"]:
        level = Text("WEAK ISOLATION: ", "bold red") + level
    total = Text(f"{result['score']:g} / {result['max_score']:g}", "bold")
    if result["pending"]:
        total += Text(f", and {result['pending']:g} points to be marked by a person", "")
    if result["status"] != "graded":
        total += Text("  NOT GRADED COMPLETELY: our fault, see the checks with outcome error", "bold red")
    console.print(Group(*parts, *notes, *policies, level, total))
