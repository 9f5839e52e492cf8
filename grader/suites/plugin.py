"""Runs the hidden suites and turns every test into one outcome of the rubric."""

from __future__ import annotations

import contextlib
import io
import os
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.errors import StaffError
from grader.lab2.devices import DEVICE_HINT, describe_device_mistake
from grader.mistakes import FUNCTIONS, diagnose
from grader.outcomes import CheckResult, Outcome
from grader.rubric import Rubric
from grader.sandbox.faults import Missing, NotImplementedYet, StudentFault
from grader.suites.grading import Grading
from grader.suites.verdicts import CheckFailed, CheckSkipped, LeftToPerson

SUITES = Path(__file__).parent
MAX_RATIONALE = 500
MAX_WORDS = 3000
_NO_PLUGINS = "PYTEST_DISABLE_PLUGIN_AUTOLOAD"
_UNUSED = (  # each costs every grading time to be set up
    "cacheprovider", "debugging", "doctest", "faulthandler", "junitxml", "legacypath", "logging",
    "monkeypatch", "pastebin", "recwarn", "reports", "setuponly", "setupplan", "skipping", "stepwise",
    "subtests", "terminal", "threadexception", "tmpdir", "unittest", "unraisableexception",
)  # fmt: skip
_CALLERS = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", _NO_PLUGINS)
TOLD = ("call", "inputs", "got", "expected", "rationale", "hint", "tolerance")


class OutcomePlugin:
    """A pytest plugin for one grading: gives tests their context and records outcomes.

    Args:
        grading: The context.
        rubric: Where points and functions of the checks stand.
    """

    def __init__(self, grading: Grading, rubric: Rubric) -> None:
        self._grading = grading
        self._checks = rubric.checks
        self.results: list[CheckResult] = []
        self.collection_errors: list[str] = []

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what went wrong while the suites were collected."""
        if report.failed:
            self.collection_errors.append(str(report.longrepr))

    @pytest.fixture(scope="session")
    def grading(self) -> Grading:
        """The context of the grading at hand."""
        return self._grading

    def pytest_configure(self, config: pytest.Config) -> None:
        """Register the marker that names a check, and keep reports of failures cheap."""
        config.addinivalue_line("markers", "check(name): the check of the rubric that this test establishes")
        # Nobody reads pytest's own account of a failure, and showing every array in it takes long.
        config.option.tbstyle = "native"

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
        """Record the outcome of a test's call, or an error of ours in its setup."""
        report = yield
        if call.when == "call" or (call.when == "setup" and call.excinfo is not None):
            error = call.excinfo.value if call.excinfo is not None else None
            self._record(item, error)
        return report

    def _record(self, item: pytest.Item, error: BaseException | None) -> None:
        marker = item.get_closest_marker("check")
        if marker is None:
            raise StaffError(f"hidden suites: test {item.name} names no check of the rubric")
        name = marker.args[0]
        rubric_item, part, points = self._checks.get(name, (None, None, 0.0))
        if rubric_item is None or part is None:
            raise StaffError(f"hidden suites: found check {name!r}, expected one of grader/rubric.toml")
        if isinstance(error, CheckFailed) and error.values:
            self._grading.evidence.setdefault("inputs", {})[name] = error.values
        docstring = getattr(getattr(item, "function", None), "__doc__", "") or ""
        self.results.append(
            CheckResult(
                name=name,
                item=rubric_item.id,
                function=part.function,
                max_score=points,
                claim=docstring.strip().split("\n\n", maxsplit=1)[0].replace("\n    ", " "),
                **_judge(error, points, part.function or "", self._grading),
            )
        )


def _judge(error: BaseException | None, points: float, function: str, grading: Grading) -> dict[str, Any]:
    """Say whose fault an exception is, and what it means in points."""
    if error is None:
        return {"outcome": Outcome.PASSED, "score": points}
    if isinstance(error, CheckFailed | StudentFault):
        told = _describe_failure(error, function, grading)
        return {"outcome": Outcome.FAILED, "score": 0.0} | told
    if isinstance(error, CheckSkipped | LeftToPerson):
        pending = points if isinstance(error, LeftToPerson) else 0.0
        return {"outcome": Outcome.SKIPPED, "score": 0.0, "pending": pending, "rationale": str(error)}
    last = traceback.format_exception(error)[-1].strip()
    rationale = f"not graded, our fault: {last}"[:MAX_RATIONALE]
    return {"outcome": Outcome.ERROR, "score": 0.0, "pending": points, "rationale": rationale}


def _describe_failure(error: CheckFailed | StudentFault, function: str, grading: Grading) -> dict[str, str]:
    """Say what the student is told about a failed check."""
    if isinstance(error, CheckFailed):
        told = {key: getattr(error, key) for key in TOLD}
        return told | _recognize_mistake(function, grading, told["rationale"])
    told = {"call": function, "got": error.summary, "rationale": error.summary, "hint": ""}
    if isinstance(error, NotImplementedYet):
        hint = "replace `raise NotImplementedError` by your code"
        return told | {"got": "not implemented yet", "rationale": "not implemented yet", "hint": hint}
    if isinstance(error, Missing):
        reason = grading.assembly.missing.get(function.partition(".")[0], "")
        return told | {"got": "missing", "rationale": reason or error.summary}
    if device := describe_device_mistake(error.summary):
        return told | {"rationale": f"{error.summary}; {device}", "hint": DEVICE_HINT}
    return told


def _recognize_mistake(function: str, grading: Grading, rationale: str) -> dict[str, str]:
    """Say what the mistake is, where the answers agree with a known one and with nothing else."""
    if function not in FUNCTIONS:
        return {}
    try:
        diagnosis = diagnose(function, grading.function(function).calls)
    except Exception:  # noqa: BLE001  # naming a mistake is a courtesy: values of any kind may stand in the way
        return {}
    if diagnosis is None:
        return {}
    return {"rationale": f"{rationale}; {diagnosis.why}", "hint": diagnosis.hint}


@contextlib.contextmanager
def _own_settings() -> Iterator[None]:
    """Let no option and no plug-in of the caller's environment decide which tests run."""
    before = {name: os.environ.pop(name) for name in _CALLERS if name in os.environ}
    os.environ[_NO_PLUGINS] = "1"
    try:
        yield
    finally:
        del os.environ[_NO_PLUGINS]
        os.environ |= before


def run_suites(grading: Grading, rubric: Rubric) -> list[CheckResult]:
    """Run every hidden test on one submission.

    Args:
        grading: The context.
        rubric: Points and functions of the checks.

    Returns:
        One outcome per test, in the order of the rubric.

    Raises:
        StaffError: pytest could not run the suites.
    """
    plugin = OutcomePlugin(grading, rubric)
    # Everything is pointed at: no configuration, conftest or plug-in of the caller's folder counts.
    arguments = [
        str(SUITES),
        f"--rootdir={SUITES}",
        f"--confcutdir={SUITES}",
        f"-c{SUITES / 'pytest.ini'}",
        "--import-mode=importlib",
        "--assert=plain",
        "--capture=no",
        *(f"-pno:{name}" for name in _UNUSED),
    ]
    screen = io.StringIO()
    with _own_settings(), contextlib.redirect_stdout(screen), contextlib.redirect_stderr(screen):
        status = pytest.main(arguments, plugins=[plugin])
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        words = "\n".join([*plugin.collection_errors, screen.getvalue()])[-MAX_WORDS:]
        raise StaffError(
            f"hidden suites: pytest ended with status {int(status)}: {words}",
            hint="run pytest on grader/suites to see the error",
        )
    order = {name: position for position, name in enumerate(rubric.checks)}
    return sorted(plugin.results, key=lambda result: order[result.name])
