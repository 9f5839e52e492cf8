"""Errors sorted by who must act, each with its exit status."""

from __future__ import annotations


class GraderError(Exception):
    r"""Something stopped a grading; the message says what, the hint what to do next.

    Args:
        message: One line: the thing, what was found, what was expected.
        hint: What to do next; empty when the message says it all.

    Examples:
        >>> str(UsageError("nowhere/: no such folder", hint="check the path"))
        'nowhere/: no such folder\n  hint: check the path'
        >>> UsageError.exit_status, SubmissionError.exit_status, StaffError.exit_status
        (2, 1, 3)
    """

    exit_status = 3

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  hint: {self.hint}" if self.hint else self.message


class UsageError(GraderError):
    """The caller must act: a path, an option or an output folder is wrong."""

    exit_status = 2


class SubmissionError(GraderError):
    """The student must act: the submission cannot be graded as it is."""

    exit_status = 1


class StaffError(GraderError):
    """The staff must act: the grader, its data or its machine is at fault."""

    exit_status = 3
