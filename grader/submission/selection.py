"""Which file provides each of the six functions, where several could."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from grader.submission.functions import EXPECTED_MODULES, FUNCTIONS, MODULES
from grader.submission.modules import file_stem
from grader.submission.surveyed import Found, Place, Surveyed

_SPARE = re.compile(r"(?:^|[^a-z])(?:old|backup|bak|copy|draft|orig|original|tmp|temp|unused)(?:[^a-z]|$)")
_MAX_IMPORT_STEPS = 5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that could provide a function.

    Attributes:
        module: The file's module name.
        file: The file.
        found: What the name stands for there.
        stub: Whether it is untouched, there or where it is imported from.
    """

    module: str
    file: Surveyed
    found: Found
    stub: bool

    @property
    def text(self) -> str:
        """The source lines."""
        return self.file.text(self.found)

    @property
    def place(self) -> Place:
        """Where it stands."""
        cell = self.found.cell if self.file.is_notebook else None
        return Place(self.file.name, cell, self.found.line)


def list_candidates(function: str, modules: Mapping[str, Surveyed]) -> list[Candidate]:
    """Return the files that could provide a function, the one to take first.

    What is written goes before an untouched stub, then the file that defines the function before
    one that imports it, the file where the handout has it, code before notebooks, a file before a
    spare copy (``lab1_old.py``), the file with most of the six functions, the outermost.

    Args:
        function: One of the six names.
        modules: The files by module name.
    """
    candidates = []
    for module, file in modules.items():
        found = file.found.get(function)
        if found is None or _is_handouts(found, modules):
            continue
        candidates.append(Candidate(module, file, found, _leads_to_stub(found, modules)))
    return sorted(candidates, key=lambda candidate: _rank(function, candidate))


def _rank(function: str, candidate: Candidate) -> tuple[bool, bool, bool, bool, bool, int, int, str]:
    file = candidate.file
    written = sum(name in file.found and not file.found[name].stub for name in FUNCTIONS)
    return (
        candidate.stub,
        candidate.found.kind == "import",
        candidate.module != EXPECTED_MODULES[function],
        file.is_notebook,
        bool(_SPARE.search(file.path.lower())),
        -written,
        file.path.count("/"),
        file_stem(file),
    )


def _is_handouts(found: Found, modules: Mapping[str, Surveyed]) -> bool:
    """Tell whether a name is imported from a file that only the handout has."""
    return found.origin is not None and found.origin[0] in MODULES and found.origin[0] not in modules


def _leads_to_stub(found: Found, modules: Mapping[str, Surveyed]) -> bool:
    return follow_import(found, modules).stub


def follow_import(found: Found, modules: Mapping[str, Surveyed]) -> Found:
    """Return the definition in the submission that an import leads to, or the import itself."""
    for _ in range(_MAX_IMPORT_STEPS):
        if found.origin is None or found.origin[0] not in modules:
            break
        behind = modules[found.origin[0]].found.get(found.origin[1])
        if behind is None:
            break
        found = behind
    return found


def describe_choice(candidates: list[Candidate]) -> tuple[str, tuple[str, ...]] | None:
    """Return the file that was taken and those that were not; None when there was nothing to choose.

    A stub is no choice, nor is the same text, nor a file that imports what was taken.
    """
    taken, *others = candidates
    passed_over = [
        other.file.name
        for other in others
        if not other.stub
        and not taken.stub
        and other.text != taken.text
        and not (other.found.origin and other.found.origin[0] == taken.module)
    ]
    return (taken.file.name, tuple(passed_over)) if passed_over else None
