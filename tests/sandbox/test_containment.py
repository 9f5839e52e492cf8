"""Whatever code tries from inside a worker, nothing outside is read, written, reached or signalled."""

from __future__ import annotations

import os
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.arrangements import ARRANGEMENTS, attempt_names, run_arrangement

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT_ONLY = [name for name, arrangement in ARRANGEMENTS.items() if arrangement.container or name == "root"]
NAMES = list(ARRANGEMENTS) if os.geteuid() == 0 else [name for name in ARRANGEMENTS if name not in ROOT_ONLY]
WITHOUT_FILES = ("B'",)  # a worker in an empty folder imports nothing late


@pytest.fixture(scope="module")
def runs() -> Iterator[dict[str, Future[dict[str, Any]]]]:
    with ThreadPoolExecutor(max_workers=2) as pool:
        yield {name: pool.submit(run_arrangement, name) for name in NAMES}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_level_reported_is_the_one_that_holds(runs, name):
    """Each machine gets its level, and at level B or better the self-test contains everything."""
    isolation = runs[name].result()["isolation"]
    assert isolation["level"] == ARRANGEMENTS[name].level, isolation
    if isolation["level"] in ("A", "B", "B'"):
        assert all(isolation["self_test"].values())
    else:
        assert not all(isolation["self_test"].values())


@pytest.mark.slow
@pytest.mark.parametrize("attempt", attempt_names())
@pytest.mark.parametrize("name", [name for name in NAMES if ARRANGEMENTS[name].level != "D"])
def test_an_attempt_to_get_out_gets_nothing(runs, name, attempt):
    """The attempt reports nothing gained, and outside nothing was hit."""
    assert runs[name].result()["outcomes"][attempt] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NAMES if ARRANGEMENTS[name].level not in WITHOUT_FILES])
def test_libraries_can_be_imported_late(runs, name):
    """A student's code may import what the warm process has not."""
    assert runs[name].result()["outcomes"]["imports"] == []


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to arrange an ordinary user")
def test_missing_layers_are_named_with_the_reason(runs):
    """The result says what the machine refused."""
    isolation = runs["user with neither"].result()["isolation"]
    assert [entry.split(":")[0] for entry in isolation["missing"]] == ["namespaces", "landlock"]
    assert not isolation["self_test"]["read_outside"]


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
