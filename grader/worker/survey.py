"""Read submitted source and notebooks, which nobody vouches for, without running any of it.

This runs in a confined worker that holds no student code: a parser that a hostile file breaks
takes only that worker along.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterable
from typing import Any

from grader.worker.survey_magics import strip_magics
from grader.worker.survey_names import TRACKED, Names
from grader.worker.survey_signatures import FUNCTIONS
from grader.worker.survey_source import Source, UnreadableSourceError, read_source

# The reply travels in one frame whose header may have a mebibyte; parsing so much code takes a second.
MAX_REPLY_BYTES = 500_000
MAX_WRITTEN_FILES = 10
_TOO_MUCH = "not read: the submission has too much code"
MAX_ERRORS = 50
MAX_MESSAGE = 200
# In exports of notebooks; they parse, but do not run outside of them.
_ENVIRONMENT = re.compile(r"get_ipython\(\)|google\.colab|^\s*(?:drive|files)\.\w+\(", re.MULTILINE)


def survey(files: dict[str, bytes]) -> dict[str, dict[str, Any]]:
    r"""Survey code files and notebooks.

    Args:
        files: Their bytes by name.

    Returns:
        By name; a file that a notebook writes is listed as ``<notebook>/<file>``. For a file that could
        not be read, the reason under ``unreadable``; for any other:

        - ``is_notebook``; ``cells``: the text of each code cell, empty where it cannot be parsed;
        - ``errors``: ``cell``, ``line``, ``message``, ``text`` and ``mentions``, the names that the broken
          code seems to define;
        - ``definitions``: by name, for the six functions, the given layers and what any file imports as one
          of the six, ``kind``, ``cell``, ``line``, ``end_line``, ``stub``, ``origin`` and ``problem``;
        - ``imports``: modules; ``hints``: ``function``, ``cell``, ``line`` and ``text``; ``notes``.

    Examples:
        >>> found = survey({"lab1.py": b"def prune_topk(W, k):\n    return W\n"})["lab1.py"]
        >>> found["definitions"]["prune_topk"]["line"], found["errors"]
        (1, [])
        >>> survey({"lab1.py": b"def prune_topk(W, k:\n"})["lab1.py"]["errors"][0]["mentions"]
        ['prune_topk']
    """
    replies: dict[str, dict[str, Any]] = {}
    names_of: dict[str, Names] = {}
    left = MAX_REPLY_BYTES
    for name in sorted(files, key=lambda name: (not re.search(r"lab1|fp_layers", name.lower()), name)):
        try:
            source = read_source(name, files[name])
            sources = {name: source} | _list_written(name, source)
            if len(json.dumps([part.cells for part in sources.values()])) > left:
                raise UnreadableSourceError(_TOO_MUCH)
            surveyed = {name: _survey_source(part) for name, part in sources.items()}
            found = {name: reply for name, (reply, _) in surveyed.items()}
            size = len(json.dumps(found))
            if size > left:
                raise UnreadableSourceError(_TOO_MUCH)
        except UnreadableSourceError as error:
            replies[name] = {"unreadable": str(error)}
            continue
        left -= size
        replies |= found
        names_of |= {name: names for name, (_, names) in surveyed.items()}
    imported = {origin for names in names_of.values() for origin in names.imported_as(FUNCTIONS)}
    for name, names in names_of.items():
        replies[name]["definitions"] |= _describe(names, imported)
    return replies


def _describe(names: Names, wanted: Iterable[str]) -> dict[str, dict[str, Any]]:
    described = {name: names.describe(name) for name in wanted}
    return {name: found for name, found in described.items() if found is not None}


def _list_written(name: str, source: Source) -> dict[str, Source]:
    """Return the code files that a notebook writes, by name."""
    written = [(path, text) for path, text in source.written.items() if path.endswith(".py")]
    return {f"{name}/{path}": Source([text]) for path, text in written[:MAX_WRITTEN_FILES]}


def _survey_source(source: Source) -> tuple[dict[str, Any], Names]:
    names = Names()
    errors: list[dict[str, Any]] = []
    cells = list(source.cells)
    for index, cell in enumerate(cells):
        text, tree, error = _parse(cell, source)
        cells[index] = text
        if tree is not None:
            names.read_cell(index, tree)
        elif len(errors) < MAX_ERRORS:
            errors.append({"cell": index, **error})
    reply = {
        "is_notebook": source.is_notebook,
        "cells": cells,
        "errors": errors,
        "definitions": _describe(names, TRACKED),
        "imports": names.imports,
        "hints": names.hints(),
        "notes": source.notes,
    }
    return reply, names


def _parse(cell: str, source: Source) -> tuple[str, ast.Module | None, dict[str, Any]]:
    """Parse a cell.

    Returns:
        The text that was parsed (empty where that failed), the tree or None, and the error.
    """
    tree, error = _try_to_parse(cell)
    if source.is_notebook or (tree is not None and not _ENVIRONMENT.search(cell)):
        return (cell if tree is not None else ""), tree, error
    # A file that was exported from a notebook, with what only IPython understands.
    stripped = strip_magics(cell)
    if stripped != cell:
        tree_without, error_without = _try_to_parse(stripped)
        if tree_without is not None:
            source.notes.append("commands of IPython and Colab in it were left out")
            return stripped, tree_without, {}
        error = error_without
    return (cell if tree is not None else ""), tree, error


def _try_to_parse(text: str) -> tuple[ast.Module | None, dict[str, Any]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
            # What only the compiler refuses, such as a return outside of a function.
            compile(tree, "submission", "exec", dont_inherit=True)
    except SyntaxError as error:
        line, message = error.lineno or 0, error.msg or "invalid syntax"
    except (RecursionError, MemoryError):
        line, message = 0, "it is nested too deeply"
    except (ValueError, OverflowError, SystemError) as error:
        line, message = 0, str(error)
    else:
        return tree, {}
    mentions = [
        name
        for name in FUNCTIONS
        if re.search(rf"^(?:[ \t]*(?:def|class)[ \t]+{name}\b|{name}[ \t]*=)", text, re.MULTILINE)
    ]
    lines = text.split("\n")
    shown = lines[line - 1].strip() if 0 < line <= len(lines) else ""
    printable = {"message": message, "text": shown}
    clipped = {
        key: value.encode("utf-8", "replace").decode()[:MAX_MESSAGE] for key, value in printable.items()
    }
    return None, {"line": line, "mentions": mentions, **clipped}
