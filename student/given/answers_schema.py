"""What ``answers.toml`` may hold: every key, and what its value must be."""

import math
import re
from collections.abc import Callable
from typing import Any, NamedTuple

MAX_TEXT_CHARACTERS = 100_000

_TRUTH = {"t": True, "true": True, "f": False, "false": False}
_AGREEMENT = {"yes": True, "y": True, "true": True, "no": False, "n": False, "false": False}
_STAGES = {"1": "1", "first": "1", "2": "2", "second": "2", "3": "3", "third": "3", "last": "3"}


class Kind(NamedTuple):
    """What a value must be.

    Attributes:
        expected: What is expected, in words.
        read: Takes what stands in the file and returns the value, None where it is blank. Any
            ValueError, TypeError, KeyError or OverflowError says that it is no such value.
    """

    expected: str
    read: Callable[[Any], Any]


def _read_text(value):
    if isinstance(value, bool | int | float):
        return str(value)
    if not isinstance(value, str):
        raise TypeError
    return value.strip() or None


def _read_line(value):
    text = _read_text(value)
    return None if text is None else " ".join(text.split())


def _read_word(meanings):
    def read(value):
        if isinstance(value, bool):
            return value
        text = str(_read_text(value) or "").strip(".\"'").lower()
        return meanings[text] if text else None

    return read


def _read_number(value, unit):
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


def _read_accuracy(value):
    number = _read_number(value, "%")
    if number is None:
        return None
    if not 0 <= number <= 100:
        raise ValueError
    in_percent = number > 1 or (isinstance(value, str) and value.strip().endswith("%"))
    return number / 100 if in_percent else number


def _read_bits(value):
    number = _read_number(value, "bits")
    if number is not None and not 0 <= number <= 32:
        raise ValueError
    return number


def _read_scheme(value):
    if isinstance(value, float):
        raise TypeError
    parts = value if isinstance(value, list) else [value]
    text = "".join(str(_read_text(part) or "") for part in parts[:10])[:100]
    if not text:
        return None
    digits = "".join(re.findall(r"\d", text))
    if digits not in SCHEMES:
        raise ValueError
    return digits


def _read_stage(value):
    text = str(_read_text(value) or "").lower()[:100]
    if not text:
        return None
    (stage,) = {_STAGES[word] for word in re.findall(r"[a-z]+|\d+", text) if word in _STAGES}
    return stage


TEXT = Kind("text in quotes", _read_text)
LINE = Kind("text in quotes, in one line", _read_line)
VERDICT = Kind('"T" or "F"', _read_word(_TRUTH))
YES_NO = Kind('"yes" or "no"', _read_word(_AGREEMENT))
ACCURACY = Kind("an accuracy such as 0.915 or 91.5", _read_accuracy)
BITS = Kind("a number of bits from 0 to 32", _read_bits)
SCHEME = Kind('"442", "424" or "244"', _read_scheme)
STAGE = Kind('"1", "2" or "3"', _read_stage)

SCHEMES = ("442", "424", "244")

SCHEMA = {
    ("student", "name"): LINE,
    ("student", "netid"): LINE,
    **{
        (f"1.{number}", key): kind
        for number in range(1, 11)
        for key, kind in (("verdict", VERDICT), ("explanation", TEXT))
    },
    ("lab1.a", "update"): LINE,
    ("lab1.a", "derivation"): TEXT,
    **{
        (item, key): kind
        for item in ("lab1.b", "lab1.c")
        for key, kind in (("optimal", YES_NO), ("sparse", YES_NO), ("comment", TEXT))
    },
    ("lab1.d", "comment"): TEXT,
    ("lab1.e", "comment"): TEXT,
    ("lab1.f", "comparison_l1"): TEXT,
    ("lab1.f", "comparison_pruning"): TEXT,
    ("lab1.g", "choices"): TEXT,
    ("lab1.g", "comparison"): TEXT,
    **{("lab2.b", key): ACCURACY for key in ("float", "bits_6", "bits_5", "bits_4", "bits_3", "bits_2")},
    ("lab2.b", "comment"): TEXT,
    **{("lab2.c", key): ACCURACY for key in ("bits_4", "bits_3", "bits_2")},
    ("lab2.c", "comment"): TEXT,
    **{("lab2.d", f"{when}_{scheme}"): ACCURACY for when in ("before", "after") for scheme in SCHEMES},
    ("lab2.d", "comment"): TEXT,
    **{("lab2.e", f"average_{scheme}"): BITS for scheme in SCHEMES},
    ("lab2.e", "working"): TEXT,
    ("lab2.f", "scheme"): SCHEME,
    ("lab2.f", "stage"): STAGE,
    ("lab2.f", "comment"): TEXT,
}

ITEMS = tuple(dict.fromkeys(item for item, _ in SCHEMA))
BONUS_ITEMS = frozenset({"lab1.g"})


def table_path(item):
    """Return the keys that lead to an item's table.

    Examples:
        >>> table_path("1.3"), table_path("lab1.a"), table_path("student")
        (('true_false', '1.3'), ('lab1', 'a'), ('student',))
    """
    if item.startswith("1."):
        return ("true_false", item)
    return tuple(item.split("."))


def keys_of(item):
    """Return the keys of an item's table, in the order of the handout's file.

    Examples:
        >>> keys_of("lab1.f")
        ['comparison_l1', 'comparison_pruning']
    """
    return [key for of, key in SCHEMA if of == item]


def find_item(header):
    """Return the item of a table's header, however it is quoted; None when there is no such table.

    Examples:
        >>> find_item("true_false.'1.2'"), find_item(" lab1 . a "), find_item("lab3.a")
        ('1.2', 'lab1.a', None)
    """
    plain = re.sub(r"[\s\"']", "", header)
    item = plain.removeprefix("true_false.")
    return item if item in ITEMS and plain == ".".join(table_path(item)) else None
