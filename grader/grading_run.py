"""One run of the grader over submissions: a warm sandbox, a preflight, results in folders."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rich.console import Console

import reference
from grader.errors import StaffError
from grader.feedback import Level, hide_answers, hide_reference
from grader.grade import Graded, Settings, grade_submission
from grader.preflight import run_preflight
from grader.reported import open_lab2
from grader.results import choose_own_folder, drop_volatile, prepare_folder, write_atomically, write_result
from grader.rubric import read_rubric
from grader.sandbox import Limits, Sandbox
from grader.sandbox.accelerators import NO_DRIVER
from grader.sandbox.device_use import AUTO, CPU, CUDA
from grader.sandbox.limits import TRAINING_LIMITS
from grader.submission import read_answers, read_submission
from grader.suites.grading import Pace
from grader.terminal import print_result
from report_template.grading import build_grading_report
from student.given.datasets import EMBEDDED
from student.given.errors import AssignmentDataError
from student.given.problem import load_assignment

# A probe makes hundreds of calls of microseconds each, so a probe that lasts this long hangs;
# six functions that hang, and a load that hangs twice, still end within a minute.
LIMITS = Limits(load_seconds=8.0, call_seconds=5.0, probe_seconds=5.0)


def stretch_limits(limits: Limits, pace: Pace) -> Limits:
    """Stretch the limits of wall time for a slow machine; those of memory stay.

    Examples:
        >>> stretch_limits(LIMITS, Pace(slowness=2.0)).load_seconds / LIMITS.load_seconds
        2.0
    """
    seconds = ("load_seconds", "call_seconds", "probe_seconds")
    return replace(limits, **{name: getattr(limits, name) * pace.slowness for name in seconds})


def load_settings(**choices: Any) -> Settings:
    """Load the assignment's data, the rubric and the key.

    Args:
        choices: Further fields of `grader.grade.Settings`, such as ``seed``.

    Raises:
        StaffError: One of them cannot be used.
    """
    key_path = Path(str(reference.__file__)).with_name("answers.toml")
    try:
        assignment = load_assignment()
    except AssignmentDataError as error:
        raise StaffError(str(error), hint="correct the assignment's data file") from error
    return Settings(assignment, read_rubric(), read_answers(key_path.read_bytes()), **choices)


@dataclass
class GradingRun:
    """A warm grader.

    Attributes:
        console: Where progress and tables go.
        sandbox: Where student code runs.
        settings: How to grade.
    """

    console: Console
    sandbox: Sandbox
    settings: Settings

    @classmethod
    def start(
        cls, console: Console, *, allow_weak: bool = False, finetunes_in_full: bool = False, **choices: Any
    ) -> Self:
        """Start the sandbox and make sure that this environment grades rightly.

        Args:
            console: Where progress and tables go.
            allow_weak: Grade even where student code cannot be confined well.
            finetunes_in_full: Whether a device is looked for though no grading trains.
            choices: Further fields of `grader.grade.Settings`, such as ``seed``.

        Raises:
            StaffError: It does not, or student code cannot be confined.
            UsageError: The images or the weights of Lab 2 that were named cannot be had.
        """
        settings = load_settings(**choices)
        trains = settings.steps or finetunes_in_full or settings.device == CUDA  # what is named must be there
        device = settings.device if trains else CPU
        if settings.data != EMBEDDED or settings.weights is not None:
            open_lab2(settings.data, settings.weights)  # what cannot be had is said before anything is graded
        with _working(console, "starting the sandbox"):
            sandbox = Sandbox.start(
                limits=stretch_limits(LIMITS, settings.pace),
                training_limits=stretch_limits(TRAINING_LIMITS, settings.pace),
                allow_weak=allow_weak,
                device=device,
            )
        if device == AUTO and sandbox.device.reason != NO_DRIVER:
            console.print(f"training runs on {sandbox.device.describe()}", markup=False, soft_wrap=True)
        run = cls(console, sandbox, settings)
        try:
            with _working(console, "preflight: grading the reference and the untouched handout"):
                run_preflight(sandbox, settings)
        except BaseException:
            sandbox.close()
            raise
        return run

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.sandbox.close()

    def grade(self, path: Path, out: Path | None, *, pdf: bool = True, level: Level = "staff") -> bool:
        """Grade one submission, write its results and print them.

        Args:
            path: The submission.
            out: The folder for results; beside the submission when None.
            pdf: Whether to write ``report.pdf``.
            level: Whether ``"student"`` reads the results: hidden inputs and expected values then stay out.

        Returns:
            Whether its code could be read.

        Raises:
            UsageError: A path cannot be used.
            StaffError: A check ended in an error of ours; what could be graded is written.
        """
        submission = read_submission(path)
        folder = prepare_folder(out or choose_own_folder(path), path)
        with _working(self.console, "grading"):
            graded = grade_submission(submission, self.sandbox, self.settings)
        if level == "student":
            graded = show_to_student(graded)
        write_result(graded.result, folder / "results.json")
        if pdf:
            with _working(self.console, "writing the report"):
                write_report(graded, folder / "report.pdf")
        print_result(self.console, graded.result)
        self.console.print(f"results: {folder / 'results.json'}", highlight=False, soft_wrap=True)
        if pdf:
            self.console.print(f"report:  {folder / 'report.pdf'}", highlight=False, soft_wrap=True)
        if graded.result["status"] != "graded":
            raise StaffError(
                f"{submission.name}: not graded completely, our fault: see the checks with outcome `error`",
                hint=f"the points concerned stay pending in {folder / 'results.json'}",
            )
        return graded.readable


def show_to_student(graded: Graded) -> Graded:
    """Return a graded submission as its student may see it.

    Args:
        graded: The graded submission.
    """
    return Graded(hide_answers(graded.result), hide_reference(graded.evidence), graded.readable)


def write_report(graded: Graded, path: Path) -> None:
    """Write the grading report as a PDF, whole or not at all.

    Args:
        graded: The graded submission.
        path: The file.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        build_grading_report(drop_volatile(graded.result), graded.evidence, partial)
        write_atomically(path, partial.read_bytes())
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


@contextlib.contextmanager
def _working(console: Console, what: str) -> Iterator[Any]:
    """Say what is being done while it takes time; nothing is left on the screen."""
    if console.is_terminal:
        with console.status(what):
            yield
    else:
        yield
