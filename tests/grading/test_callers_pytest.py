"""What runs the hidden suites depends on nothing that the caller has set for pytest."""

import os

import pytest

pytestmark = pytest.mark.slow


def test_options_in_the_environment_decide_nothing(sandbox, settings, monkeypatch):
    """Options and plug-ins that the caller keeps for pytest leave every hidden test in its place."""
    from grader.grade import grade_submission
    from grader.submission import read_submission
    from tests.bank.paths import RIGHT

    monkeypatch.setenv("PYTEST_ADDOPTS", "-k nothing --no-such-option")
    monkeypatch.setenv("PYTEST_PLUGINS", "no_such_plugin")
    result = grade_submission(read_submission(RIGHT / "vectorized_numpy"), sandbox, settings).result
    assert {check["outcome"] for check in result["checks"]} == {"passed"}
    assert os.environ["PYTEST_ADDOPTS"] == "-k nothing --no-such-option"
