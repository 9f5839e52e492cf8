"""What several test folders share: one warm sandbox for the whole session."""

import pytest

from grader.grading_run import LIMITS, load_settings
from grader.sandbox import Sandbox


@pytest.fixture(scope="session")
def sandbox():
    """A warm sandbox with the limits of ``hw4-grade``."""
    with Sandbox.start(limits=LIMITS) as warm:
        yield warm


@pytest.fixture(scope="session")
def patient_sandbox():
    """A warm sandbox for claims that are not about time: a busy machine must not look like a loss."""
    from tests.bank.hidden_checks import PATIENT

    with Sandbox.start(limits=PATIENT) as warm:
        yield warm


@pytest.fixture(scope="session")
def settings():
    """The assignment, the rubric and the key."""
    return load_settings()


@pytest.fixture(scope="session")
def grade(sandbox, settings):
    """Grade a path and return the result."""
    from dataclasses import replace

    from grader.grade import grade_submission
    from grader.submission import read_submission

    def run(path, **changes):
        return grade_submission(read_submission(path), sandbox, replace(settings, **changes)).result

    return run
