"""What can go wrong with the assignment's data and in Lab 2, said in a way that tells what to do next."""


class AssignmentDataError(ValueError):
    """``assignment.toml`` does not hold what the assignment needs."""


class Lab2Error(Exception):
    """Lab 2 cannot go on; the message says what, the hint what to do next.

    Args:
        message: One line: the thing, what was found, what was expected.
        hint: What to do next; empty when the message says it all.

    Examples:
        >>> print(DataError("images.tar: not a readable archive", hint="download it again"))
        images.tar: not a readable archive
          hint: download it again
    """

    def __init__(self, message, hint=""):
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self):
        """Return the message, and the hint on a line of its own."""
        return f"{self.message}\n  hint: {self.hint}" if self.hint else self.message


class DataError(Lab2Error):
    """The images cannot be had: no such file, no network, a damaged archive."""


class CheckpointError(Lab2Error):
    """A file of weights cannot be used: damaged, or of another network."""


class DeviceError(Lab2Error):
    """The device that was asked for is not there."""


class QuantizerError(Lab2Error):
    """``STE`` returned something that cannot be a weight."""


class TrainingError(Lab2Error):
    """Training had to stop: the loss is not finite, or the memory is used up."""
