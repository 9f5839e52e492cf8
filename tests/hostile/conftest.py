"""What the hostile tests share: canaries, a sandbox with shorter limits, the table."""

import os
from dataclasses import replace

import pytest

from grader.grading_run import LIMITS
from grader.sandbox import Sandbox
from grader.suites import grading
from tests.hostile.table import Note, tabulate
from tests.hostile.watching import Watch

# Shorter than in earnest, so that attacks that wait for their end do not take an hour; a right call takes
# milliseconds. A machine that is busy with other things needs more: then name it in the environment.
LIMIT_SECONDS = float(os.environ.get("HW4_HOSTILE_SECONDS", "2"))
HOSTILE_LIMITS = replace(
    LIMITS, load_seconds=LIMIT_SECONDS, probe_seconds=LIMIT_SECONDS, call_seconds=LIMIT_SECONDS
)
# A grading stops calling after `grading.TOTAL_SECONDS`; the last call may still take its time, the reports
# a few seconds more.
SLOWNESS = max(1.0, LIMIT_SECONDS / 2.0)
MAX_SECONDS = 60.0 * SLOWNESS


@pytest.fixture(scope="session", autouse=True)
def time_of_a_grading():
    """Give a grading as much more time as was asked for each call."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grading, "TOTAL_SECONDS", grading.TOTAL_SECONDS * SLOWNESS)
        yield


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
