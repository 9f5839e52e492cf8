"""What ``answers.toml`` may hold: every key, and what its value must be."""

import math
import re
from typing import NamedTuple

TEXT_LIMIT = 200_000


class Kind(NamedTuple):
    """What a value must be.

    Attributes:
        expected: What is expected, in words.
        read: Takes what stands in the file; returns the value, None where nothing was
            answered. Raises ValueError or TypeError where it is not what is expected.
    """

    expected: str
    read: object


def _read_text(value):
    if not isinstance(value, str) or len(value) > TEXT_LIMIT:
        raise ValueError
    return value.strip()


def _read_word(meanings):
    def read(value):
        if isinstance(value, bool):
            value = "yes" if value else "no"
        if not isinstance(value, str | int):
            raise TypeError
        word = re.sub(r"[\s,{}.]|^stage", "", str(value).lower())
        if not word:
            return None
        if word not in meanings:
            raise ValueError
        return meanings[word]

    return read


def _read_number(lowest, highest, percent=False):
    def read(value):
        if isinstance(value, bool):
            raise TypeError
        if isinstance(value, str):
            text = value.strip().replace(",", ".")
            if not text:
                return None
            match = re.fullmatch(
                r"([-+]?[0-9]{0,9}\.?[0-9]{0,20}(?:e-?[0-9]{1,2})?)\s*(%|bits?)?", text, re.IGNORECASE
            )
            if match is None:
                raise ValueError
            value = float(match[1])
            if match[2] == "%" and percent:
                value = value / 100
        if not isinstance(value, int | float) or not math.isfinite(value) or not lowest <= value <= highest:
            raise ValueError
        return value / 100 if percent and value > 1 else float(value)

    return read


_TRUTH = {"t": True, "true": True, "yes": True, "f": False, "false": False, "no": False}
_AGREEMENT = {"yes": True, "y": True, "true": True, "no": False, "n": False, "false": False}

TEXT = Kind(f"text in quotes, at most {TEXT_LIMIT:,} characters: \"...\" or '''...'''", _read_text)
VERDICT = Kind('"T" or "F"', _read_word(_TRUTH))
YES_NO = Kind('"yes" or "no"', _read_word(_AGREEMENT))
ACCURACY = Kind("an accuracy, as a fraction (0.915) or in percent (91.5)", _read_number(0, 100, percent=True))
BITS = Kind("a number of bits between 0 and 32, such as 2.5", _read_number(0, 32))
SCHEME = Kind('"442", "424" or "244"', _read_word({name: name for name in ("442", "424", "244")}))
STAGE = Kind('"1", "2" or "3"', _read_word({name: name for name in ("1", "2", "3")}))

SCHEMES = ("442", "424", "244")

SCHEMA = {
    ("student", "name"): TEXT,
    ("student", "netid"): TEXT,
    **{
        (f"1.{number}", key): kind
        for number in range(1, 11)
        for key, kind in (("verdict", VERDICT), ("explanation", TEXT))
    },
    ("lab1.a", "update"): TEXT,
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
