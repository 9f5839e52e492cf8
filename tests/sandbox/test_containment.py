"""Whatever code tries from inside a worker, nothing outside is read, written, reached or signalled."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.sandbox.arrangements import ARRANGEMENTS, attempt_names, run_arrangement

OF_ROOT = [name for name, machine in ARRANGEMENTS.items() if not machine.user]
NAMES = list(ARRANGEMENTS) if os.geteuid() == 0 else [name for name in ARRANGEMENTS if name not in OF_ROOT]
LATE_IMPORTS = "imports"


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_no_attempt_to_get_out_gets_anything(name):
    """On each machine: the level that holds is reported, every attempt fails, late imports work.

    An attempt fails when it reports nothing gained and nothing outside was hit.
    """
    machine = ARRANGEMENTS[name]
    run = run_arrangement(name)
    isolation, outcomes = run["isolation"], run["outcomes"]
    assert isolation["level"] == machine.level, isolation
    missing_imports = outcomes.pop(LATE_IMPORTS)
    if machine.level == "D":
        assert not isolation["self_test"]["read_outside"]
        assert [entry.split(":")[0] for entry in isolation["missing"]] == ["namespaces", "landlock"]
        return
    assert all(isolation["self_test"].values())
    assert {attempt: got for attempt, got in outcomes.items() if got} == {}
    assert sorted(outcomes) == sorted(attempt_names())
    if machine.level != "B'":  # there a worker sees an empty folder
        assert missing_imports == []


def test_every_module_of_the_repository_is_out_of_reach(sandbox, assemble):
    """No file of ours can be opened, wherever the packages are installed."""
    root = Path(__file__).resolve().parents[2]
    ours = [
        str(path)
        for package in ("grader", "reference", "student", "tests")
        for path in (root / package).rglob("*")
    ]
    source = """
        def f(paths):
            opened = []
            for path in paths:
                try:
                    opened.append(open(path).read(1) and path)
                except OSError:
                    pass
            return opened
    """
    with sandbox.open_session(assemble(("lab1.py", source))) as session:
        assert session.call("f", ours) == []
        assert session.call("f", [sys.modules["json"].__file__]) == [sys.modules["json"].__file__]
