"""Which name each file is imported by, and which files another one needs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from grader.submission.functions import MODULES
from grader.submission.names import module_name, split_suffix
from grader.submission.surveyed import Surveyed

# What browsers, Sakai and students add to the name of a further copy.
_COPY = re.compile(r"(?:[\s_-]*(?:\(\d{1,3}\)|\+\d{1,3}|copy(?: \d{1,3})?|final)\s*){1,3}$", re.IGNORECASE)


def file_stem(file: Surveyed) -> str:
    """Return a file's name without folders and suffix."""
    return split_suffix(file.path.rpartition("/")[2])[0]


def name_modules(files: Iterable[Surveyed]) -> dict[str, Surveyed]:
    """Give every file a module name of its own.

    ``lab1`` and ``FP_layers`` go to the file of that name, else to a further copy of it
    (``FP_layers (1).py``), code before notebooks, outer folders first.

    Args:
        files: The files that can be executed.

    Returns:
        The files by module name.
    """
    ordered = sorted(files, key=lambda file: (file.is_notebook, file.path.count("/"), file.path))
    modules: dict[str, Surveyed] = {}
    for module in MODULES:
        exact = [file for file in ordered if file_stem(file).lower() == module.lower()]
        copies = [file for file in ordered if _strip_copy(file_stem(file)).lower() == module.lower()]
        if exact or copies:
            modules[module] = (exact or copies)[0]
    for file in ordered:
        if file not in modules.values():
            taken = {*modules, *MODULES}
            modules[module_name(file.path.rpartition("/")[2], taken)] = file
    return modules


def _strip_copy(stem: str) -> str:
    return _COPY.sub("", stem, count=1)


def list_needed(wanted: Iterable[str], modules: Mapping[str, Surveyed]) -> list[str]:
    """Return modules and all that they import of the submission.

    Args:
        wanted: Module names.
        modules: The files by module name.

    Returns:
        Names of ``modules``: ``lab1`` and ``FP_layers`` first, else alphabetically.
    """
    needed: set[str] = set()
    queue = [name for name in wanted if name in modules]
    while queue:
        name = queue.pop()
        if name not in needed:
            needed.add(name)
            queue += [imported for imported in modules[name].imports if imported in modules]
    return sorted(
        needed, key=lambda name: (name not in MODULES, MODULES.index(name) if name in MODULES else 0, name)
    )
