"""A broken environment is found before the first submission, and named."""

from dataclasses import replace

import pytest

from grader.errors import StaffError
from grader.preflight import _complain_reference, fingerprint_environment, run_preflight

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


def test_an_environment_that_also_trains_rightly_need_not_be_tried_without(sandbox, settings, empty_cache):
    """Passing with training steps is passing without."""
    fingerprint = fingerprint_environment(sandbox.isolation.as_dict())
    (empty_cache / "hw4-grade").mkdir()
    (empty_cache / "hw4-grade" / f"preflight-{fingerprint}-steps").write_text("passed")
    assert run_preflight(sandbox, settings) is False
    assert run_preflight(sandbox, replace(settings, steps=True)) is False


@pytest.mark.parametrize(("verdict", "count"), [("right", 0), ("wrong quantizer", 1), ("not taken", 0)])
def test_steps_of_the_reference_that_are_wrong_stop_everything(verdict, count):
    """A grader that calls its own reference wrong grades nobody; no time to try is no complaint."""
    steps = [] if verdict == "not taken" else [{"verdict": verdict}]
    training = {"steps": steps, "verdict": verdict, "words": "1 of 6 single steps are wrong"}
    assert len(list(_complain_reference({"checks": [], "lab2": {"training": training}}))) == count


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

    monkeypatch.setattr("grader.suites.quantization.list_trained_cases", fail)
    with pytest.raises(StaffError, match=r"our fault: ModuleNotFoundError: No module named 'torchvision'"):
        run_preflight(sandbox, settings)
