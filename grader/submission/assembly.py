"""From what a survey found to what a worker is told to run."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from grader.submission.files import Submission
from grader.submission.functions import EXPECTED_MODULES, FUNCTIONS, GIVEN_LAYERS, MODULES
from grader.submission.handout import given_layers
from grader.submission.limits import MAX_NOTES
from grader.submission.modules import list_needed, name_modules
from grader.submission.selection import Candidate, describe_choice, follow_import, list_candidates
from grader.submission.surveyed import Surveyed, read_surveyed


@dataclass(frozen=True, slots=True)
class Unit:
    """One module that a worker runs.

    Attributes:
        file: The name of its file, to show.
        module: The name that other units import it by.
        cells: Its code; a ``.py`` file has one cell.
        needs: The modules of other units that it imports.
    """

    file: str
    module: str
    cells: tuple[str, ...]
    needs: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Assembly:
    """What a worker runs of a submission.

    Attributes:
        units: The modules, in the order in which they run.
        provides: The module that provides each function; a missing function is absent.
        notes: What the reader of the result should know, one sentence each.
        unreadable: Why a function is missing that stands in code which cannot be read.
        missing: The same, and why one is missing that the submission has under another name or in
            another place, or that no code was handed in.
        listing: The class ``STE`` as handed in: ``file``, ``first_line`` and ``source``; None when it is not
            written.
        sources: The same of each function that is written.
    """

    units: tuple[Unit, ...]
    provides: dict[str, str]
    notes: tuple[str, ...]
    unreadable: dict[str, str]
    missing: dict[str, str]
    listing: dict[str, Any] | None
    sources: dict[str, dict[str, Any]]

    def as_wire(self) -> dict[str, Any]:
        """Return the units and who provides what, as plain values for a worker."""
        units = [{"file": unit.file, "module": unit.module, "cells": list(unit.cells)} for unit in self.units]
        return {"units": units, "provides": dict(self.provides)}

    def only(self, function: str) -> Assembly:
        """Return the part of the assembly that one function needs."""
        wanted = {self.provides[function]} if function in self.provides else set()
        if EXPECTED_MODULES.get(function) == "FP_layers":
            wanted.add("FP_layers")  # the given layers may be there alone
        by_module = {unit.module: unit for unit in self.units}
        kept: set[str] = set()
        while wanted:
            module = wanted.pop()
            kept.add(module)
            wanted |= by_module[module].needs - kept if module in by_module else set()
        provides = {name: module for name, module in self.provides.items() if name == function}
        return replace(self, units=tuple(u for u in self.units if u.module in kept), provides=provides)


def assemble(submission: Submission, survey: Any, handout: Mapping[str, str]) -> Assembly:
    """Choose which file provides each function, and what a worker has to run for it.

    What the submission has no file for comes from the handout, so a function that nobody wrote is
    the handout's stub, unless there is a reason to call it missing.

    Args:
        submission: What was handed in.
        survey: What `grader.worker.survey` replied about its `Submission.sources`; a file it says nothing
            about counts as unreadable.
        handout: The text of the handout's ``lab1.py`` and ``FP_layers.py`` by module name.

    Returns:
        The assembly.
    """
    files = _read_survey(submission, survey)
    modules = name_modules(file for file in files if file.is_usable)
    candidates = {function: list_candidates(function, modules) for function in FUNCTIONS}
    unwritten = [function for function, found in candidates.items() if not found or found[0].stub]
    unreadable = _explain_unreadable(files, unwritten)
    missing = _explain_misplaced(files, unwritten) | unreadable
    if not files:
        missing = dict.fromkeys(FUNCTIONS, "no code was handed in that could be read")
    provides: dict[str, str] = {}
    for function, found in candidates.items():
        if function in missing:
            continue
        if found:
            provides[function] = found[0].module
        elif EXPECTED_MODULES[function] not in modules:
            provides[function] = EXPECTED_MODULES[function]
    chosen = {function: found[0] for function, found in candidates.items() if found and not found[0].stub}
    sources = {function: _source(candidate, modules) for function, candidate in chosen.items()}
    units = _list_units(modules, provides, handout)
    notes = [
        *_note_files(files, modules, {unit.module for unit in units}),
        *_note_choices(candidates),
        *(f"{candidate.place}: {function} {candidate.found.problem}"
          for function, candidate in chosen.items() if candidate.found.problem),
        *_note_hints(files, chosen),
    ]  # fmt: skip
    return Assembly(
        units=units,
        provides=provides,
        notes=tuple(dict.fromkeys(notes))[:MAX_NOTES],
        unreadable=unreadable,
        missing=missing,
        listing=sources.get("STE"),
        sources=sources,
    )


def _read_survey(submission: Submission, survey: Any) -> list[Surveyed]:
    replies = survey if isinstance(survey, dict) else {}
    files = []
    for file in submission.with_role("code", "notebook"):
        files.append(read_surveyed(file.display_name, file, replies.get(file.display_name)))
        written = sorted(
            name for name in replies if isinstance(name, str) and name.startswith(f"{file.display_name}/")
        )
        files += [read_surveyed(name, file, replies[name]) for name in written]
    return files


def _explain_unreadable(files: list[Surveyed], unwritten: list[str]) -> dict[str, str]:
    reasons: dict[str, str] = {}
    unread = [file for file in files if file.unreadable]
    for function in unwritten:
        errors = [error for file in files for error in file.errors if function in error.functions]
        if errors:
            reasons[function] = f"{errors[0].place} cannot be read: {errors[0].message}"
        elif unread and not any(file.is_usable for file in files):
            reasons[function] = f"{unread[0].name} {unread[0].unreadable}"
    return reasons


def _explain_misplaced(files: list[Surveyed], unwritten: list[str]) -> dict[str, str]:
    hints = [hint for file in files if file.is_usable for hint in file.hints if hint.function in unwritten]
    return {hint.function: f"{hint.place}: {hint.text}" for hint in reversed(hints)}


def _list_units(
    modules: Mapping[str, Surveyed], provides: Mapping[str, str], handout: Mapping[str, str]
) -> tuple[Unit, ...]:
    units = {
        module: Unit(f"{module}.py (handout)", module, (handout[module],))
        for module in MODULES
        if module not in modules
    }
    needed = list_needed({*provides.values(), *MODULES}, modules)
    for module in needed:
        file = modules[module]
        cells = file.cells
        lacking = [name for name in GIVEN_LAYERS if name not in file.found]
        if module == "FP_layers" and lacking:
            # Behind the student's last line, so that line numbers stay.
            *before, last = cells or ("",)
            cells = (*before, f"{last}\n\n\n{given_layers(handout[module], lacking)}")
        others = frozenset(name for name in file.imports if name in modules or name in MODULES)
        units[module] = Unit(file.name, module, cells, others - {module})
    order = [*MODULES, *(module for module in needed if module not in MODULES)]
    return tuple(units[module] for module in order)


def _source(candidate: Candidate, modules: Mapping[str, Surveyed]) -> dict[str, Any]:
    found = follow_import(candidate.found, modules)
    file = next((file for file in modules.values() if file.found.get(found.name) is found), candidate.file)
    place = file.name + (f", code cell {found.cell + 1}" if file.is_notebook else "")
    return {"file": place, "first_line": found.line, "source": file.text(found)}


def _note_files(files: list[Surveyed], modules: Mapping[str, Surveyed], used: Collection[str]) -> list[str]:
    notes = []
    names = {id(file): module for module, file in modules.items()}
    for file in files:
        notes += [f"{file.name}: {note}" for note in file.notes]
        if file.unreadable:
            notes.append(f"{file.name}: {file.unreadable}")
        lost = "the cell is left out" if file.is_notebook else "nothing in the file can be used"
        notes += [f"{error.place}: {error.message}; {lost}" for error in file.errors]
        module = names.get(id(file))
        if module is not None and module not in used:
            notes.append(f"{file.name}: not run, nothing in it is needed")
        elif module is not None and module.endswith("_submitted"):
            notes.append(f"{file.name}: has the name of a library; it is imported as {module}")
    return notes


def _note_choices(candidates: Mapping[str, list[Candidate]]) -> list[str]:
    choices: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for function, found in candidates.items():
        choice = describe_choice(found) if found else None
        if choice is not None:
            choices.setdefault(choice, []).append(function)
    return [
        f"{', '.join(functions)}: taken from {taken}, not from {' or '.join(others)}"
        for (taken, others), functions in choices.items()
    ]


def _note_hints(files: list[Surveyed], chosen: Collection[str]) -> list[str]:
    return [
        f"{hint.place}: {hint.text}" for file in files for hint in file.hints if hint.function not in chosen
    ]
