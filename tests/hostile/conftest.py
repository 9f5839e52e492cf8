"""What the hostile tests share: canaries, a sandbox with shorter limits, the table."""

from dataclasses import replace

import pytest

from grader.grading_run import LIMITS
from grader.sandbox import Sandbox
from tests.hostile.table import Note, tabulate
from tests.hostile.watching import Watch

# Shorter than in earnest, so that two hundred attacks that wait for their end do not take an hour; a
# right call takes milliseconds, also on a busy machine less than a second.
HOSTILE_LIMITS = replace(LIMITS, load_seconds=2.0, probe_seconds=2.0, call_seconds=2.0)


@pytest.fixture(scope="session")
def watch(tmp_path_factory):
    """The canaries."""
    watch = Watch(tmp_path_factory.mktemp("canaries"))
    yield watch
    watch.close()


@pytest.fixture(scope="session")
def sandbox(watch):
    """A warm sandbox with shorter limits, started beside the canaries."""
    with Sandbox.start(limits=HOSTILE_LIMITS) as warm:
        yield warm


@pytest.fixture
def note(request):
    """Note an attack for the table: ``note(kind, name)``, then ``.ended(how, level)``."""
    return lambda kind, name: Note(request.node, kind, name)


def pytest_terminal_summary(terminalreporter):
    """Print the table by class, of all processes of the run together."""
    lines = tabulate(terminalreporter.stats)
    if lines:
        terminalreporter.section("hostile submissions, by class")
        for line in lines:
            terminalreporter.line(line)
