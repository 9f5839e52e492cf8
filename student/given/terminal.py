"""What the ``hw4`` command prints: plain words first, colour only in addition."""

import sys

from rich.console import Console
from rich.text import Text

STATE_STYLES = {
    "pass": "bold green",
    "FAIL": "bold red",
    "to do": "bold yellow",
    "note": "bold cyan",
    "wrote": "bold green",
}


def make_console():
    """Return a console that prints on any terminal, with ``NO_COLOR`` honoured.

    Characters that the terminal cannot encode become question marks instead of an exception.
    """
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    return Console(highlight=False, soft_wrap=True)


def print_state(console, state, text, detail=""):
    """Print one line: a state, a text, and a quiet detail.

    Args:
        console: The console.
        state: ``"pass"``, ``"FAIL"``, ``"to do"``, ``"note"`` or ``"wrote"``.
        text: What the state is about.
        detail: Shown dimmed after it.
    """
    line = Text.assemble((f"{state:<6}", STATE_STYLES[state]), text)
    if detail:
        line.append(f"  {detail}", style="dim")
    console.print(line)


def print_facts(console, facts, indent=8):
    """Print indented lines ``name  value`` for the facts that are not empty.

    Args:
        console: The console.
        facts: Pairs of a name and a text.
        indent: Spaces before the names.
    """
    for name, value in facts:
        if value:
            body = str(value).replace("\n", "\n" + " " * (indent + 10))
            console.print(Text.assemble(" " * indent, (f"{name:<10}", "dim"), body))


def make_progress(console):
    """Return a progress bar that vanishes when it is done and is silent where nobody looks.

    Args:
        console: The console.

    Returns:
        A ``rich.progress.Progress``, to be used in a ``with`` statement.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<44}"), BarColumn(24), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
