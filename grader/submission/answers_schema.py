"""What may stand in ``answers.toml``: every key with its kind, and how a kind is read."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

MAX_TEXT_CHARACTERS: Final = 100_000

Value = str | bool | float | None

_VERDICTS = {"t": True, "true": True, "f": False, "false": False}
_DECISIONS = {"yes": True, "y": True, "true": True, "no": False, "n": False, "false": False}
_SCHEMES = ("442", "424", "244")
_STAGES = {"1": "1", "first": "1", "2": "2", "second": "2", "3": "3", "third": "3", "last": "3"}


def _read_text(value: Any) -> Value:
    if isinstance(value, bool | int | float):
        return str(value)
    if not isinstance(value, str):
        raise TypeError
    return value if value.strip() else None


def _read_line(value: Any) -> Value:
    text = _read_text(value)
    return " ".join(text.split()) if isinstance(text, str) else None


def _read_word(value: Any, words: dict[str, bool]) -> Value:
    if isinstance(value, bool):
        return value
    text = str(_read_text(value) or "").strip().strip(".\"'").lower()
    return words[text] if text else None


def _read_number(value: Any, unit: str) -> float | None:
    if isinstance(value, bool):
        raise TypeError
    if isinstance(value, str):
        text = value.strip().removesuffix(unit).strip()
        if not text:
            return None
        if not re.fullmatch(r"[+-]?\d{1,20}(?:[.,]\d{0,30})?(?:[eE][+-]?\d{1,3})?", text):
            raise ValueError
        value = float(text.replace(",", "."))
    number = float(value)
    if not math.isfinite(number):
        raise ValueError
    return number


def _read_accuracy(value: Any) -> Value:
    number = _read_number(value, "%")
    if number is None:
        return None
    is_percent = number > 1 or (isinstance(value, str) and value.strip().endswith("%"))
    if not 0 <= number <= 100:
        raise ValueError
    return number / 100 if is_percent else number


def _read_bits(value: Any) -> Value:
    number = _read_number(value, "bits")
    if number is not None and not 0 <= number <= 32:
        raise ValueError
    return number


def _read_scheme(value: Any) -> Value:
    if isinstance(value, float):
        raise TypeError
    parts = value if isinstance(value, list) else [value]
    text = "".join(str(_read_text(part) or "") for part in parts[:10])[:100]
    if not text.strip():
        return None
    digits = "".join(re.findall(r"\d", text))
    if digits not in _SCHEMES:
        raise ValueError
    return digits


def _read_stage(value: Any) -> Value:
    text = str(_read_text(value) or "").lower()[:100]
    if not text.strip():
        return None
    (stage,) = {_STAGES[word] for word in re.findall(r"[a-z]+|\d+", text) if word in _STAGES}
    return stage


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of answer.

    Attributes:
        expected: What is expected, in words.
        read: Gives the value, None where it is blank; any exception of Python's says that it is none.
    """

    expected: str
    read: Callable[[Any], Value]


TEXT = Kind("text", _read_text)
LINE = Kind("text in one line", _read_line)
VERDICT = Kind('"T" or "F"', lambda value: _read_word(value, _VERDICTS))
DECISION = Kind('"yes" or "no"', lambda value: _read_word(value, _DECISIONS))
ACCURACY = Kind("an accuracy such as 0.915 or 91.5", _read_accuracy)
BITS = Kind("a number of bits from 0 to 32", _read_bits)
SCHEME = Kind('"442", "424" or "244"', _read_scheme)
STAGE = Kind('"1", "2" or "3"', _read_stage)

_STATEMENT = {"verdict": VERDICT, "explanation": TEXT}
_CONCLUSIONS = {"optimal": DECISION, "sparse": DECISION, "comment": TEXT}
_MIXED = ("442", "424", "244")

# By rubric item: the keys of its table and their kinds.
SCHEMA: Final[dict[str, dict[str, Kind]]] = {
    "student": {"name": LINE, "netid": LINE},
    **{f"1.{number}": _STATEMENT for number in range(1, 11)},
    "lab1.a": {"update": LINE, "derivation": TEXT},
    "lab1.b": _CONCLUSIONS,
    "lab1.c": _CONCLUSIONS,
    "lab1.d": {"comment": TEXT},
    "lab1.e": {"comment": TEXT},
    "lab1.f": {"comparison_l1": TEXT, "comparison_pruning": TEXT},
    "lab1.g": {"choices": TEXT, "comparison": TEXT},
    "lab2.b": dict.fromkeys(("float", *(f"bits_{bits}" for bits in (6, 5, 4, 3, 2))), ACCURACY)
    | {"comment": TEXT},
    "lab2.c": dict.fromkeys(("bits_4", "bits_3", "bits_2"), ACCURACY) | {"comment": TEXT},
    "lab2.d": dict.fromkeys((f"{when}_{bits}" for when in ("before", "after") for bits in _MIXED), ACCURACY)
    | {"comment": TEXT},
    "lab2.e": dict.fromkeys((f"average_{bits}" for bits in _MIXED), BITS) | {"working": TEXT},
    "lab2.f": {"scheme": SCHEME, "stage": STAGE, "comment": TEXT},
}


def table_name(item: str) -> str:
    """Return the header of an item's table, without brackets.

    Examples:
        >>> table_name("1.10"), table_name("lab1.a")
        ('true_false."1.10"', 'lab1.a')
    """
    return f'true_false."{item}"' if item.startswith("1.") else item


def find_item(header: str) -> str | None:
    """Return the item of a table's header, however it is quoted; None when there is no such table.

    Examples:
        >>> find_item("true_false.'1.2'"), find_item(" lab1 . a "), find_item("lab3.a")
        ('1.2', 'lab1.a', None)
    """
    plain = re.sub(r"[\s\"']", "", header)
    item = plain.removeprefix("true_false.")
    return item if item in SCHEMA and plain == re.sub('"', "", table_name(item)) else None
