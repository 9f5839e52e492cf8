"""The data of the assignment, read from ``assignment.toml`` beside this file."""

import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from .answers_schema import SCHEMA, SCHEMES
from .errors import AssignmentDataError

PATH = Path(__file__).with_name("assignment.toml")
STRENGTHS = 4


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

    @property
    def mixed_by_name(self):
        """The mixed precisions by their names in answers.

        Examples:
            >>> load_assignment().mixed_by_name
            {'442': (4, 4, 2), '424': (4, 2, 4), '244': (2, 4, 4)}
        """
        return {"".join(map(str, bits)): bits for bits in self.mixed_schemes}


def _read_array(table, key):
    try:
        return np.array(table[key], dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise AssignmentDataError(
            f"lab1.{key}: found {table[key]!r}, expected numbers, in rows of equal length"
        ) from error


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
        assignment = _build(tomllib.loads(Path(path).read_text(encoding="utf-8")))
        _check(assignment)
    except AssignmentDataError as error:
        raise AssignmentDataError(f"{path}: {error}") from error
    except KeyError as error:
        raise AssignmentDataError(f"{path}: found no key {error}, expected it; restore it") from error
    except (TypeError, ValueError, AttributeError, OSError) as error:
        raise AssignmentDataError(f"{path}: cannot be read: {error}") from error
    return assignment


def _build(data):
    lab1, lab2, policies, due = data["lab1"], data["lab2"], data["policies"], data["due"]
    problem = Lab1Problem(
        X=_read_array(lab1, "X"),
        y=_read_array(lab1, "y").reshape(-1, 1),
        initial=_read_array(lab1, "initial").reshape(-1, 1),
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
    return Assignment(
        title=str(data["title"]),
        subtitle=str(data["subtitle"]),
        due=_read_due(due),
        cap=float(policies["cap"]),
        zip_penalty=float(policies["zip_penalty"]),
        late_penalty_per_day=float(policies["late_penalty_per_day"]),
        lab1=problem,
        bits=tuple(map(int, lab2["bits"])),
        finetune_epochs={int(bits): int(epochs) for bits, epochs in lab2["finetune_epochs"].items()},
        mixed_schemes=tuple((int(a), int(b), int(c)) for a, b, c in lab2["mixed_schemes"]),
        mixed_epochs=int(lab2["mixed_epochs"]),
    )


def _check(assignment):
    for key, found, holds, expected in (
        *_list_problem_demands(assignment.lab1),
        *_list_policy_demands(assignment),
        *_list_precision_demands(assignment),
    ):
        if not holds:
            raise AssignmentDataError(f"{key}: found {found}, expected {expected}")


def _read_due(due):
    at, zone = due["at"], due["time_zone"]
    if not isinstance(at, datetime) or at.tzinfo is not None:
        raise AssignmentDataError(
            f"due.at: found {str(at)!r}, expected a local time without quotes or offset, such as "
            "2020-10-15T23:55:00"
        )
    try:
        return at.replace(tzinfo=ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, TypeError) as error:
        raise AssignmentDataError(
            f"due.time_zone: found {zone!r}, expected an IANA name, such as America/New_York, that "
            "this machine knows (on Windows it needs the package tzdata)"
        ) from error


def _is_positive(value):
    return 0 < value < float("inf")


def _list_problem_demands(problem):
    """List key, value, whether it holds and what is expected, for the data of Lab 1."""
    X = problem.X
    n, d = X.shape if X.ndim == 2 else (0, 0)
    yield "lab1.X", f"shape {X.shape}", n > 0 and d > 0, "a list of rows of equal length"
    yield "lab1.y", f"{len(problem.y)} targets", problem.y.shape == (n, 1), f"{n}, one per row of X"
    found = f"{len(problem.initial)} weights"
    yield "lab1.initial", found, problem.initial.shape == (d, 1), f"{d}, one per column of X"
    for key in ("X", "y", "initial"):
        values = getattr(problem, key)
        yield f"lab1.{key}", values.tolist(), np.isfinite(values).all(), "finite numbers"
    yield "lab1.nonzeros", problem.nonzeros, 0 <= problem.nonzeros <= d, f"between 0 and {d}"
    yield "lab1.steps", problem.steps, problem.steps > 0, "at least 1"
    for key in ("l1_strengths", "soft_thresholds", "trimmed_strengths"):
        values = getattr(problem, key)
        holds = len(values) == STRENGTHS and all(map(_is_positive, values))
        yield f"lab1.{key}", list(values), holds, f"{STRENGTHS} positive numbers, one for each hidden check"
    for key in ("l1_strength", "soft_threshold", "trimmed_strength"):
        value = getattr(problem, f"two_points_{key}")
        yield f"lab1.two_points_{key}", value, _is_positive(value), "a positive number"
    rate = problem.learning_rate
    yield "lab1.learning_rate", rate, _is_positive(rate), "a positive number"
    rows = list(problem.two_points)
    holds = 0 < len(rows) == len(set(rows)) and all(0 <= row < n for row in rows)
    yield "lab1.two_points", rows, holds, f"different rows, from 0 to {n - 1}"


def _list_policy_demands(assignment):
    yield "policies.cap", assignment.cap, _is_positive(assignment.cap), "a positive number of points"
    for key in ("zip_penalty", "late_penalty_per_day"):
        value = getattr(assignment, key)
        yield f"policies.{key}", value, 0 <= value <= 1, "a fraction from 0 to 1, such as 0.20 for 20 percent"


def _list_precision_demands(assignment):
    """List those of Lab 2, whose precisions are also the names of fields in ``answers.toml``."""
    for key, item in (("bits", "lab2.b"), ("finetune_epochs", "lab2.c")):
        found = getattr(assignment, key)
        wanted = [name.removeprefix("bits_") for of, name in SCHEMA if of == item and "bits_" in name]
        holds = sorted(map(str, found)) == sorted(wanted)
        yield f"lab2.{key}", list(found), holds, f"{', '.join(wanted)}, the fields of answers.toml"
    schemes = list(assignment.mixed_by_name)
    fields = f"{', '.join(SCHEMES)}, the fields of answers.toml"
    yield "lab2.mixed_schemes", ", ".join(schemes), sorted(schemes) == sorted(SCHEMES), fields
    epochs = [*assignment.finetune_epochs.values(), assignment.mixed_epochs]
    yield "lab2.finetune_epochs, mixed_epochs", epochs, all(value > 0 for value in epochs), "at least 1 each"


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
