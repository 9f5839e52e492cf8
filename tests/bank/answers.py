"""Wrong answers: one wrong entry of ``answers.toml`` in an otherwise right submission."""

import re
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.bank.formulas import WRONG_FORMULAS
from tests.bank.paths import RIGHT

_CODE = RIGHT / "python_loops"
_ANSWERS = RIGHT / "vectorized_numpy" / "answers.toml"
_KEY = dict(zip((f"1.{number}" for number in range(1, 11)), "FTFFTTTFFT", strict=True))


@dataclass(frozen=True)
class WrongAnswer:
    """One wrong entry.

    Attributes:
        name: The mistake.
        table: The table of ``answers.toml``, as it is written between the brackets.
        key: The key in it.
        value: The wrong value, as TOML.
        items: The rubric items that must lose automatic points; no other may.
    """

    name: str
    table: str
    key: str
    value: str
    items: frozenset[str]

    def __str__(self) -> str:
        """Return the name for the ids of tests."""
        return self.name


def set_answer(text: str, table: str, key: str, value: str) -> str:
    r"""Set a key of one line in a table of a TOML file.

    Args:
        text: The file.
        table: The table, as it is written between the brackets.
        key: A key whose value stands on one line, or is commented out.
        value: The new value, as TOML.

    Returns:
        The file with the new value.

    Raises:
        KeyError: The file has no such key.

    Examples:
        >>> set_answer('[a]\nx = 1\n[b]\nx = 1\n', "b", "x", "2")
        '[a]\nx = 1\n[b]\nx = 2\n'
    """
    head, bracket, rest = text.partition(f"[{table}]\n")
    changed, count = re.subn(
        rf"(?m)^(?:# )?{re.escape(key)} = .*$", lambda _: f"{key} = {value}", rest, count=1
    )
    if not bracket or not count:
        raise KeyError(f"{table}.{key}")
    return head + bracket + changed


@cache
def list_wrong_answers() -> tuple[WrongAnswer, ...]:
    """List every wrong entry of the bank.

    Examples:
        >>> wrong = {str(answer): answer for answer in list_wrong_answers()}
        >>> wrong["verdict 1.3"].value, sorted(wrong["verdict 1.3"].items)
        ('"T"', ['1.3'])
    """
    wrong = []
    for item, verdict in _KEY.items():
        other = "F" if verdict == "T" else "T"
        wrong.append(WrongAnswer(f"verdict {item}", f'true_false."{item}"', "verdict", f'"{other}"', {item}))
    wrong.append(WrongAnswer("verdict missing", 'true_false."1.2"', "verdict", '""', {"1.2"}))
    wrong.append(WrongAnswer("verdict of another kind", 'true_false."1.2"', "verdict", '"maybe"', {"1.2"}))
    for name, formula in WRONG_FORMULAS.items():
        wrong.append(WrongAnswer(f"formula: {name}", "lab1.a", "update", f"'''{formula}'''", {"lab1.a"}))
    for item, key, value in (
        ("lab1.b", "optimal", '"no"'),
        ("lab1.b", "sparse", '"yes"'),
        ("lab1.c", "optimal", '"no"'),
        ("lab1.c", "sparse", '"no"'),
        ("lab1.c", "sparse", '""'),
        ("lab2.e", "average_442", "3.3333"),
        ("lab2.e", "average_424", "2.5988"),
        ("lab2.e", "average_244", "3.8929"),
        ("lab2.e", "average_244", "0.0"),
    ):
        wrong.append(WrongAnswer(f"{item} {key} = {value}", item, key, value, {item}))
    return tuple(
        WrongAnswer(answer.name, answer.table, answer.key, answer.value, frozenset(answer.items))
        for answer in wrong
    )


def write_wrong_answer(answer: WrongAnswer, folder: Path) -> Path:
    """Write a submission that is right but for one answer.

    Args:
        answer: The wrong answer.
        folder: A folder that exists.

    Returns:
        The folder.
    """
    for name in ("lab1.py", "FP_layers.py"):
        shutil.copy(_CODE / name, folder / name)
    text = _ANSWERS.read_text(encoding="utf-8")
    changed = set_answer(text, answer.table, answer.key, answer.value)
    (folder / "answers.toml").write_text(changed, encoding="utf-8")
    return folder
