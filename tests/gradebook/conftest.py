"""Classes made of one-line submissions, graded by the fake engine."""

import io

import pytest
from rich.console import Console

from grader.batch.planning import Plan
from grader.batch.running import run_class
from grader.gradebook.records import ClassDownload, HandedIn
from grader.gradebook.store import Gradebook
from grader.submission import read_files
from tests.gradebook.fake_engine import ENGINE


def hand_in(key, code, *, name="", submitted_at=None, origin=None):
    """Make an upload of one file; an exception in the place of code is raised when it is read."""

    def read():
        if isinstance(code, Exception):
            raise code
        return read_files(key, {"lab1.py": code.encode()})

    return HandedIn(key, name, read, submitted_at, origin or {})


def make_class(tmp_path, codes, **more):
    """Make a class of uploads by student."""
    return ClassDownload("paths", tmp_path, tuple(hand_in(key, code) for key, code in codes.items()), **more)


@pytest.fixture
def book(tmp_path):
    """An empty gradebook."""
    folder = tmp_path / "results"
    folder.mkdir()
    with Gradebook.open(folder, create=True) as opened:
        yield opened


@pytest.fixture
def run(book, tmp_path):
    """Grade a class into the gradebook; returns what the run came to, with what it printed as `text`."""

    def go(codes, jobs=1, choices=None, **flags):
        download = make_class(tmp_path, codes) if isinstance(codes, dict) else codes
        console = Console(file=io.StringIO(), width=200)
        plan = Plan(jobs=jobs, choices=choices or {}, engine=ENGINE, **flags)
        outcome = run_class(book, download, plan, console)
        outcome.text = console.file.getvalue()
        return outcome

    return go
