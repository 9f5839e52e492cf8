"""A broken environment is found before the first submission, and named."""

from dataclasses import replace

import pytest

from grader.errors import StaffError
from grader.preflight import run_preflight

pytestmark = pytest.mark.slow


@pytest.fixture
def empty_cache(monkeypatch, tmp_path):
    """A cache folder that knows no environment."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


def test_environment_that_grades_rightly_is_remembered(sandbox, settings, empty_cache):
    """The second run costs nothing."""
    assert run_preflight(sandbox, settings) is True
    assert run_preflight(sandbox, settings) is False
    assert len(list((empty_cache / "hw4-grade").iterdir())) == 1


def test_key_that_the_reference_does_not_meet_is_named(sandbox, settings, empty_cache):
    """Nothing is graded, and the message names the check."""
    values = dict(settings.key.values)
    values["1.4", "verdict"] = not values["1.4", "verdict"]
    broken = replace(settings, key=replace(settings.key, values=values))
    with pytest.raises(StaffError, match=r"the reference does not pass 1\.4\.verdict"):
        run_preflight(sandbox, broken)
    assert not list(empty_cache.rglob("preflight-*"))


def test_missing_package_is_no_wrong_answer(sandbox, settings, empty_cache, monkeypatch):
    """What breaks on our side is an error of ours, never a zero."""

    def fail():
        raise ModuleNotFoundError("No module named 'torchvision'")

    monkeypatch.setattr("grader.suites.quantization.load_trained_weights", fail)
    with pytest.raises(StaffError, match=r"our fault: ModuleNotFoundError: No module named 'torchvision'"):
        run_preflight(sandbox, settings)
