"""What a notebook expects of its surroundings, without any effect."""

from __future__ import annotations

from typing import Any


def do_nothing(*_arguments: object, **_options: object) -> None:
    """Accept everything and do nothing."""


class Shell:
    """Stands in for IPython's shell: every method and magic does nothing.

    Examples:
        >>> Shell().run_line_magic("matplotlib", "inline")
    """

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return do_nothing


def notebook_names() -> dict[str, Any]:
    """Return the names that IPython puts into a notebook; exported scripts use them too."""
    shell = Shell()
    return {"display": do_nothing, "get_ipython": lambda: shell}


def silence_matplotlib() -> None:
    """Let figures be drawn in memory only, and never shown or saved."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.figure
    import matplotlib.pyplot as plt

    for name in ("savefig", "show", "pause", "draw"):
        setattr(plt, name, do_nothing)
    for name in ("savefig", "show"):
        setattr(matplotlib.figure.Figure, name, do_nothing)
