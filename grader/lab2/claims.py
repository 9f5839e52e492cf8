"""The accuracies that a student reports, set against what was measured: words, never a silent zero."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from grader.lab2.accuracies import Accuracy
from grader.lab2.bands import Band
from grader.lab2.known_tables import KnownMistake, KnownTable
from student.given.lab2_figures import name_scheme_in_braces

Place = tuple[str, str]

# Float orders move an accuracy by 0.001; a figure rounded to a tenth of a percent by 0.0005 more.
TOLERANCE = 0.0015
WHOLE_PERCENT = 0.0055
CHANCE = 0.2  # below it, too many wrong quantizers score the same


class Verdict(StrEnum):
    """What is known about a reported value; only the first earns points without a person."""

    MATCHES = "matches"
    OUTSIDE = "outside what was measured"
    KNOWN_MISTAKE = "matches a known mistake"
    UNVERIFIED = "cannot be verified"


# What a finetuned accuracy in its band is worth, by whether single training steps are right.
STEPS_VERDICTS = {
    True: (Verdict.MATCHES, ""),
    False: (Verdict.UNVERIFIED, "; but single training steps with this quantizer are wrong"),
    None: (Verdict.UNVERIFIED, "; single training steps with this quantizer were not taken"),
}


@dataclass(frozen=True, slots=True)
class ClaimVerdict:
    """A reported value with what the grader found.

    Attributes:
        item: The rubric item, such as ``"lab2.b"``.
        name: The value's name in ``answers.toml``.
        claimed: The reported value as text.
        verdict: See `Verdict`.
        expected: What was measured, as text; empty where nothing was.
        words: What was compared with what, for student and TA.
    """

    item: str
    name: str
    claimed: str
    verdict: Verdict
    expected: str
    words: str

    @property
    def verified(self) -> bool | None:
        """True where the value is what was found; None leaves it to a person."""
        return True if self.verdict is Verdict.MATCHES else None


@dataclass(frozen=True)
class Measurements:
    """What was measured, for a student's quantizer on given images and weights.

    Attributes:
        described: Images and weights in words.
        accuracies: For the names of (b) and the ``before_`` names of (d), the student's accuracy.
        right: The reference's, where known.
        bands: For the names of (c) and the ``after_`` names of (d), the band, or None.
        mistakes: Accuracies of known wrong quantizers on these images and weights.
        other_tables: Accuracies of right quantizers on other images or weights.
        steps_right: Whether single training steps with this quantizer are right; None where none was
            taken. A finetuned accuracy shows nothing about the quantizer, so it earns points only with them.
    """

    described: str
    accuracies: Mapping[str, Accuracy]
    right: Mapping[str, float]
    bands: Mapping[str, Band | None]
    mistakes: tuple[KnownMistake, ...] = ()
    other_tables: tuple[KnownTable, ...] = field(default=())
    steps_right: bool | None = None


def verify_accuracies(claims: Mapping[Place, float], measured: Measurements) -> dict[Place, ClaimVerdict]:
    """Set reported accuracies against what was measured.

    Args:
        claims: Reported accuracies of (b), (c) and (d), as fractions, by item and name.
        measured: What was measured.

    Returns:
        A verdict for each claim.
    """
    other = recognize_table(claims, measured)
    verdicts = {}
    for (item, name), value in claims.items():
        if _is_finetuned(item, name):
            verdicts[item, name] = _verify_finetuned(item, name, value, measured, other)
        elif other is not None:
            verdicts[item, name] = _verify_by_table(item, name, value, measured, other)
        else:
            verdicts[item, name] = _verify_measured(item, name, value, measured, claims)
    return verdicts


def _is_finetuned(item: str, name: str) -> bool:
    return item == "lab2.c" or name.startswith("after_")


def _agrees(value: float, expected: float) -> bool:
    return abs(value - expected) <= TOLERANCE


def recognize_table(claims: Mapping[Place, float], measured: Measurements) -> KnownTable | None:
    """Tell by the floating-point accuracy, which no quantizer touches, that other images were used.

    Args:
        claims: Reported accuracies by item and name.
        measured: What was measured.

    Returns:
        The table of these images and weights; None where the grader's own were used, or none is known.
    """
    value = claims.get(("lab2.b", "float"))
    own = measured.right.get("float")
    if value is None or (own is not None and _agrees(value, own)):
        return None
    return next((table for table in measured.other_tables if _agrees(value, table.accuracies["float"])), None)


def _verify_measured(
    item: str, name: str, value: float, measured: Measurements, claims: Mapping[Place, float]
) -> ClaimVerdict:
    found = measured.accuracies.get(name)
    if found is None or found.value is None:
        why = found.problem if found and found.problem else "it was not measured"
        return _make(item, name, value, Verdict.UNVERIFIED, "", f"no accuracy to compare with: {why}")
    expected = f"{found.value:.4f}"
    where = f"on {measured.described}"
    if _agrees(value, found.value):
        whose = (
            "" if found.same_as_reference else " with this quantizer, whose weights are not the reference's"
        )
        return _make(item, name, value, Verdict.MATCHES, expected, f"found {expected} {where}{whose}")
    if abs(value - found.value) <= WHOLE_PERCENT and _is_whole_percent(value):
        words = f"found {expected} {where}; it agrees when rounded to whole percent"
        return _make(item, name, value, Verdict.OUTSIDE, expected, words)
    mistake = _find_mistake(name, value, measured, claims)
    if mistake:
        return _make(
            item, name, value, Verdict.KNOWN_MISTAKE, expected, f"found {expected} {where}; {mistake}"
        )
    words = f"found {expected} {where}; other images or weights give other accuracies"
    return _make(item, name, value, Verdict.OUTSIDE, expected, words)


def _verify_by_table(
    item: str, name: str, value: float, measured: Measurements, table: KnownTable
) -> ClaimVerdict:
    expected, found = table.accuracies.get(name), measured.accuracies.get(name)
    text = f"{expected:.4f}" if expected is not None else ""
    where = f"the floating-point accuracy is that of {table.described}"
    if expected is None:
        words = f"{where}, for which this value is not known"
        return _make(item, name, value, Verdict.UNVERIFIED, "", words)
    if found is None or not found.same_as_reference:
        words = (
            f"{where}; this quantizer is not the reference's, and only the reference's {text} is known there"
        )
        return _make(item, name, value, Verdict.UNVERIFIED, text, words)
    if _agrees(value, expected):
        return _make(
            item, name, value, Verdict.MATCHES, text, f"{where}, which gives {text} ({table.source})"
        )
    swapped = _find_swap(name, value, table.accuracies)
    verdict = Verdict.KNOWN_MISTAKE if swapped else Verdict.OUTSIDE
    words = f"{where}, which gives {text} ({table.source})" + (f"; {swapped}" if swapped else "")
    return _make(item, name, value, verdict, text, words)


def _verify_finetuned(
    item: str, name: str, value: float, measured: Measurements, other: KnownTable | None
) -> ClaimVerdict:
    if other is not None:
        words = f"the floating-point accuracy is that of {other.described}, for which no band was measured"
        return _make(item, name, value, Verdict.UNVERIFIED, "", words)
    band = measured.bands.get(name)
    if band is None:
        words = f"no band was measured on {measured.described}"
        return _make(item, name, value, Verdict.UNVERIFIED, "", words)
    text = f"{band.low:.4f} to {band.high:.4f}"
    words = f"finetuning the reference gives {band.describe()}"
    if band.holds(value):
        verdict, more = STEPS_VERDICTS[measured.steps_right]
        return _make(item, name, value, verdict, text, words + more)
    before = measured.right.get(name.replace("after_", "before_") if item == "lab2.d" else name)
    if before is not None and _agrees(value, before):
        words += f"; {value:.4f} is the accuracy before finetuning"
        return _make(item, name, value, Verdict.KNOWN_MISTAKE, text, words)
    for other_name, other_band in measured.bands.items():
        same_part = other_name.startswith("after_") == name.startswith("after_")
        if other_band and other_name != name and same_part and abs(value - other_band.mean) <= TOLERANCE:
            words += f"; {value:.4f} is what {_in_words(other_name)} reaches"
            return _make(item, name, value, Verdict.KNOWN_MISTAKE, text, words)
    return _make(item, name, value, Verdict.OUTSIDE, text, words)


def _find_mistake(name: str, value: float, measured: Measurements, claims: Mapping[Place, float]) -> str:
    swapped = _find_swap(name, value, measured.right)
    if swapped:
        return swapped
    band = measured.bands.get(name.replace("before_", "after_")) if name.startswith("before_") else None
    if band is not None and band.holds(value) and band.mean - measured.right.get(name, 1.0) > band.half_width:
        return f"{value:.4f} is what finetuning reaches"
    outside = {
        n: v
        for (i, n), v in claims.items()
        if not _is_finetuned(i, n) and n in measured.right and not _agrees(v, measured.right[n])
    }
    explaining = [m for m in measured.mistakes if len(outside) > 1 and _explains(m, outside)]
    telling = [m for m in measured.mistakes if value > CHANCE and _explains(m, {name: value})]
    found = explaining or telling
    if not found:
        return ""
    if len(found) == 1:
        return f"{value:.4f} is what a quantizer gives of which this is true: {found[0].why}"
    return (
        f"{value:.4f} is what {len(found)} known wrong quantizers give; of one this is true: {found[0].why}"
    )


def _explains(mistake: KnownMistake, claimed: Mapping[str, float]) -> bool:
    known = mistake.accuracies
    return all(name in known and _agrees(value, known[name]) for name, value in claimed.items())


def _find_swap(name: str, value: float, right: Mapping[str, float]) -> str:
    for other, expected in right.items():
        if other != name and value > CHANCE and _agrees(value, expected):
            return f"{value:.4f} is the accuracy of {_in_words(other)}"
    return ""


def _in_words(name: str) -> str:
    if name == "float":
        return "the floating-point model"
    kind, _, rest = name.partition("_")
    return str(name_scheme_in_braces(name if kind == "bits" else rest))


def _is_whole_percent(value: float) -> bool:
    return abs(value * 100 - round(value * 100)) < 1e-9


def _make(item: str, name: str, value: float, verdict: Verdict, expected: str, words: str) -> ClaimVerdict:
    return ClaimVerdict(item, name, f"{value:.4f}", verdict, expected, words)
