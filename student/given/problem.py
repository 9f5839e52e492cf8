"""The data of the assignment, read from ``assignment.toml`` beside this file."""

import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

PATH = Path(__file__).with_name("assignment.toml")


class AssignmentDataError(ValueError):
    """``assignment.toml`` does not hold what the assignment needs."""


@dataclass(frozen=True)
class Lab1Problem:
    """The linear regression problem of Lab 1.

    Attributes:
        X: Samples, one per row, ``(n, d)``, float64.
        y: Targets, ``(n, 1)``.
        initial: Weights at step 0, ``(d, 1)``.
        learning_rate: The learning rate of every method.
        steps: The number of steps.
        nonzeros: The number of entries that pruning keeps and trimmed l1 leaves unpenalized.
        l1_strengths: The values of lambda in (d).
        soft_thresholds: The thresholds in (e).
        trimmed_strengths: The values of lambda in (f).
        two_points: The rows of ``X`` that (g) uses.
        two_points_l1_strength: The grader's lambda for (d) in (g).
        two_points_soft_threshold: The grader's threshold for (e) in (g).
        two_points_trimmed_strength: The grader's lambda for (f) in (g).
    """

    X: np.ndarray
    y: np.ndarray
    initial: np.ndarray
    learning_rate: float
    steps: int
    nonzeros: int
    l1_strengths: tuple[float, ...]
    soft_thresholds: tuple[float, ...]
    trimmed_strengths: tuple[float, ...]
    two_points: tuple[int, ...]
    two_points_l1_strength: float
    two_points_soft_threshold: float
    two_points_trimmed_strength: float

    def loss(self, W):
        """Return ``L(W) = sum_i (X_i W - y_i)^2``.

        Examples:
            >>> load_assignment().lab1.loss(np.zeros((5, 1)))
            51.0
        """
        return float(np.sum((self.X @ W - self.y) ** 2))

    def with_two_points(self):
        """Return the problem of (g): the same with the first two data points only."""
        rows = list(self.two_points)
        return Lab1Problem(**{**vars(self), "X": self.X[rows], "y": self.y[rows]})


@dataclass(frozen=True)
class Assignment:
    """Everything an instructor may change from year to year.

    Attributes:
        title: Shown on reports.
        subtitle: Shown on reports.
        due: The due date, with its time zone.
        cap: The largest total score.
        zip_penalty: Fraction of the grade deducted for a zip upload.
        late_penalty_per_day: Fraction of the grade deducted per started day.
        lab1: The problem of Lab 1.
        bits: The bit widths of Lab 2(b).
        finetune_epochs: Epochs by bit width in Lab 2(c).
        mixed_schemes: Bits of the three stages in Lab 2(d).
        mixed_epochs: Epochs of each finetune in Lab 2(d).
    """

    title: str
    subtitle: str
    due: datetime
    cap: float
    zip_penalty: float
    late_penalty_per_day: float
    lab1: Lab1Problem
    bits: tuple[int, ...]
    finetune_epochs: dict[int, int]
    mixed_schemes: tuple[tuple[int, int, int], ...]
    mixed_epochs: int


def _column(values):
    return np.array(values, dtype=np.float64).reshape(-1, 1)


def read_assignment(path):
    """Read an assignment's data file and check it.

    Args:
        path: A TOML file laid out like ``assignment.toml``.

    Returns:
        The `Assignment`.

    Raises:
        AssignmentDataError: Something is missing or does not fit together; the message names
            the key.
    """
    try:
        data = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        lab1, lab2, policies, due = data["lab1"], data["lab2"], data["policies"], data["due"]
        problem = Lab1Problem(
            X=np.array(lab1["X"], dtype=np.float64),
            y=_column(lab1["y"]),
            initial=_column(lab1["initial"]),
            learning_rate=float(lab1["learning_rate"]),
            steps=int(lab1["steps"]),
            nonzeros=int(lab1["nonzeros"]),
            l1_strengths=tuple(map(float, lab1["l1_strengths"])),
            soft_thresholds=tuple(map(float, lab1["soft_thresholds"])),
            trimmed_strengths=tuple(map(float, lab1["trimmed_strengths"])),
            two_points=tuple(map(int, lab1["two_points"])),
            two_points_l1_strength=float(lab1["two_points_l1_strength"]),
            two_points_soft_threshold=float(lab1["two_points_soft_threshold"]),
            two_points_trimmed_strength=float(lab1["two_points_trimmed_strength"]),
        )
        assignment = Assignment(
            title=str(data["title"]),
            subtitle=str(data["subtitle"]),
            due=due["at"].replace(tzinfo=ZoneInfo(due["time_zone"])),
            cap=float(policies["cap"]),
            zip_penalty=float(policies["zip_penalty"]),
            late_penalty_per_day=float(policies["late_penalty_per_day"]),
            lab1=problem,
            bits=tuple(map(int, lab2["bits"])),
            finetune_epochs={int(bits): int(epochs) for bits, epochs in lab2["finetune_epochs"].items()},
            mixed_schemes=tuple((int(a), int(b), int(c)) for a, b, c in lab2["mixed_schemes"]),
            mixed_epochs=int(lab2["mixed_epochs"]),
        )
    except KeyError as error:
        raise AssignmentDataError(f"{path}: found no key {error}, expected it; restore it") from error
    except (TypeError, ValueError, AttributeError, OSError) as error:
        raise AssignmentDataError(f"{path}: cannot be read: {error}") from error
    _check_shapes(path, problem)
    return assignment


def _check_shapes(path, problem):
    n, d = problem.X.shape if problem.X.ndim == 2 else (0, 0)
    expectations = [
        ("lab1.X", problem.X.ndim == 2 and n > 0, "a list of rows of equal length"),
        ("lab1.y", problem.y.shape == (n, 1), f"{n} targets, one per row of X"),
        ("lab1.initial", problem.initial.shape == (d, 1), f"{d} weights, one per column of X"),
        ("lab1.nonzeros", 0 <= problem.nonzeros <= d, f"between 0 and {d}"),
        ("lab1.steps", problem.steps > 0, "at least 1"),
        ("lab1.learning_rate", problem.learning_rate > 0, "a positive number"),
        ("lab1.two_points", all(0 <= row < n for row in problem.two_points), f"rows below {n}"),
    ]
    for key, holds, expected in expectations:
        if not holds:
            raise AssignmentDataError(f"{path}: {key}: expected {expected}")


@cache
def load_assignment():
    """Read the ``assignment.toml`` of this handout.

    Examples:
        >>> load_assignment().lab1.X.shape
        (3, 5)
        >>> load_assignment().due.isoformat()
        '2020-10-15T23:55:00-04:00'
    """
    return read_assignment(PATH)
