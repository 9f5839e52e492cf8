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


@pytest.fixture
def kill_for_memory(monkeypatch):
    """Kill the workers of chosen probes as the kernel does where memory runs out, and count it."""
    import itertools
    import os
    import signal

    from grader.sandbox import Session

    def run(is_chosen):
        kills, probe = itertools.count(), Session.probe

        def kill(session, name, **arguments):
            if is_chosen(name, arguments):
                os.kill(session._process.find_id(), signal.SIGKILL)
            return probe(session, name, **arguments)

        monkeypatch.setattr("grader.sandbox.session.count_memory_kills", lambda **_: next(kills))
        monkeypatch.setattr(Session, "probe", kill)

    return run


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
