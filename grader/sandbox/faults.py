"""What can go wrong with a student's function, told apart in words."""

from __future__ import annotations


class StudentFault(Exception):  # noqa: N818  # a fault is the word for what is the student's
    """A call could not give a value, and the submission is why.

    Attributes:
        function: The function at fault, or None while the submission was loading.
        summary: One sentence for the result.
        fatal: Whether the worker is gone, so that its session is closed.
    """

    fatal = False

    def __init__(self, function: str | None, summary: str) -> None:
        super().__init__(summary)
        self.function = function
        self.summary = summary


# Probes that no single function is blamed for, in words that say what of the submission they run.
_SUBJECTS = {
    "train_steps": "a training step with STE.forward",
    "quantize_networks": "quantizing the network with STE.forward",
    "run_quantizer": "STE.forward",
}


def name_subject(function: str | None) -> str:
    """Name what was running, to begin a sentence with.

    Examples:
        >>> name_subject("gd_step"), name_subject(None), name_subject("train_steps")
        ('gd_step', 'loading the submission', 'a training step with STE.forward')
    """
    return _SUBJECTS.get(function, function) if function else "loading the submission"


class Missing(StudentFault):
    """The submission does not define the function."""

    def __init__(self, function: str | None) -> None:
        super().__init__(function, f"{name_subject(function)} is not defined in the submission")


class NotImplementedYet(StudentFault):
    """The function is still the stub of the handout: it raises NotImplementedError."""

    def __init__(self, function: str | None) -> None:
        super().__init__(function, f"{name_subject(function)} is not implemented yet")


class Raised(StudentFault):
    """The function raised an exception.

    Attributes:
        type_name: The exception's class.
        message: Its text, shortened, without control characters.
        line: The line of the student's file it came from, or None.
        file: That file, or None.
        cell: The notebook's code cell, counted from 1, or None.

    Examples:
        >>> Raised("gd_step", "ValueError", "shapes differ", 12, "lab1.py").summary
        'gd_step raised ValueError: shapes differ (lab1.py, line 12)'
    """

    def __init__(
        self,
        function: str | None,
        type_name: str,
        message: str,
        line: int | None = None,
        file: str | None = None,
        cell: int | None = None,
    ) -> None:
        place = describe_place(file, line, cell)
        text = f"{type_name}: {message}" if message else type_name
        super().__init__(
            function, f"{name_subject(function)} raised {text}" + (f" ({place})" if place else "")
        )
        self.type_name = type_name
        self.message = message
        self.line = line
        self.file = file
        self.cell = cell


def describe_place(file: str | None, line: int | None, cell: int | None) -> str:
    """Name a place in a submission.

    Examples:
        >>> describe_place("hw4.ipynb", 3, 2)
        'hw4.ipynb, code cell 2, line 3'
    """
    words = [file, f"code cell {cell}" if cell else None, f"line {line}" if line else None]
    return ", ".join(word for word in words if word)


class OutOfMemory(StudentFault):
    """The function asked for more memory than a worker has."""

    def __init__(
        self, function: str | None, memory_bytes: int, *, fatal: bool = False, where: str = ""
    ) -> None:
        limit = f"{memory_bytes >> 20} MiB"
        super().__init__(
            function,
            f"{name_subject(function)} ran out of memory{where} (a worker may use {limit} of its own)",
        )
        self.fatal = fatal


class TimedOut(StudentFault):
    """The function did not come back in time.

    Attributes:
        seconds: The limit.
    """

    fatal = True

    def __init__(self, function: str | None, seconds: float) -> None:
        super().__init__(function, f"{name_subject(function)} did not end within {seconds:g} s")
        self.seconds = seconds


class Died(StudentFault):
    """The worker ended in the middle of the function.

    Attributes:
        how: In words, such as ``"segmentation fault"``.
    """

    fatal = True

    def __init__(self, function: str | None, how: str) -> None:
        super().__init__(function, f"{name_subject(function)} ended its process: {how}")
        self.how = how


class OutputFlood(StudentFault):
    """The function printed without end."""

    fatal = True

    def __init__(self, function: str | None, output_bytes: int) -> None:
        super().__init__(function, f"{name_subject(function)} printed more than {output_bytes >> 10} KiB")


class ReplyRefused(StudentFault):
    """What came back is no reply: too large, malformed or out of step.

    Attributes:
        why: In words.
    """

    fatal = True

    def __init__(self, function: str | None, why: str) -> None:
        super().__init__(function, f"the reply of {name_subject(function)} was refused: {why}")
        self.why = why
