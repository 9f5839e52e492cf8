"""What a student's report is made from, and what is missing in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Data = Mapping[str, Any]
TRUE_FALSE = tuple(f"1.{number}" for number in range(1, 11))
LAB1_RUNS = {"b": 1, "c": 1, "d": 4, "e": 4, "f": 4, "g": 4}
LAB1_TITLES = {
    "a": "The update of full-batch gradient descent",
    "b": "Gradient descent",
    "c": "Iterative pruning",
    "d": "ℓ1 by gradient descent",
    "e": "ℓ1 by proximal gradient",
    "f": "Trimmed ℓ1",
    "g": "Two data points (bonus)",
}
LAB2_TITLES = {
    "a": "The straight-through estimator",
    "b": "Quantized accuracy without finetuning",
    "c": "Finetuned accuracy",
    "d": "Mixed precision",
    "e": "Average precision",
    "f": "Best tradeoff and least important stage",
}
FINETUNED_BITS = (4, 3, 2)
UNIFORM_BITS = (6, 5, 4, 3, 2)
SCHEMES = ("442", "424", "244")


def dig(data: Any, *keys: Any) -> Any:
    """Follow keys through nested mappings; None where one is missing.

    Examples:
        >>> dig({"a": {"b": 1}}, "a", "b"), dig({"a": None}, "a", "b")
        (1, None)
    """
    for key in keys:
        if not isinstance(data, Mapping):
            return None
        data = data.get(key)
    return data


def table_of(data: Any, *keys: Any) -> Data:
    """Follow keys to a mapping; an empty one where there is none."""
    found = dig(data, *keys)
    return found if isinstance(found, Mapping) else {}


def list_of(data: Any, *keys: Any) -> list[Any]:
    """Follow keys to a list; an empty one where there is none."""
    found = dig(data, *keys)
    return list(found) if isinstance(found, list | tuple) else []


def text_of(data: Any, *keys: Any) -> str:
    """Follow keys to a text; an empty one where there is none."""
    found = dig(data, *keys)
    return found.strip() if isinstance(found, str) else ""


def number_of(data: Any, *keys: Any) -> float | None:
    """Follow keys to a finite number; None where there is none."""
    found = dig(data, *keys)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return float(found) if abs(found) < float("inf") else None


def uniform_of(content: Any) -> dict[int, Data]:
    """Read the results with one number of bits for all stages; JSON makes the bits texts.

    Examples:
        >>> uniform_of({"lab2": {"uniform": {"4": {"before": 0.9}}}})
        {4: {'before': 0.9}}
    """
    uniform = table_of(content, "lab2", "uniform")
    return {int(bits): table_of(uniform, bits) for bits in uniform if str(bits).isdecimal()}


def answers_of(content: Any, lab: str, letter: str) -> list[tuple[str, str]]:
    """List what the student wrote on an item: labels and texts."""
    pairs = [pair for pair in list_of(content, lab, letter, "answers") if isinstance(pair, list | tuple)]
    return [(str(pair[0]), str(pair[1] or "").strip()) for pair in pairs if len(pair) == 2]


def _missing_answers(content: Any, lab: str, letter: str) -> Iterator[str]:
    where = f"Lab {lab[3:]} ({letter})" + (", bonus" if (lab, letter) == ("lab1", "g") else "")
    answers = answers_of(content, lab, letter)
    if not answers:
        yield f"{where}: what you observed"
    for label, text in answers:
        if not text:
            yield f"{where}: {label}"


def _missing_lab1(content: Any) -> Iterator[str]:
    for key, what in (("update", "the formula"), ("derivation", "the derivation")):
        if not text_of(content, "lab1", "a", key):
            yield f"Lab 1 (a): {what}"
    for letter, expected in LAB1_RUNS.items():
        found = len(list_of(content, "lab1", letter, "runs"))
        bonus = ", bonus" if letter == "g" else ""
        if found == 0:
            yield f"Lab 1 ({letter}){bonus}: the figures"
        elif found < expected:
            yield f"Lab 1 ({letter}){bonus}: {expected - found} of {expected} runs"
        yield from _missing_answers(content, "lab1", letter)


def _missing_accuracies(content: Any) -> Iterator[str]:
    uniform, mixed = uniform_of(content), table_of(content, "lab2", "mixed")
    if number_of(content, "lab2", "float_accuracy") is None:
        yield "Lab 2 (b): the accuracy of the floating-point model"
    for letter, bits, key in (("b", UNIFORM_BITS, "before"), ("c", FINETUNED_BITS, "after")):
        for bit in bits:
            if number_of(uniform, bit, key) is None:
                yield f"Lab 2 ({letter}): the accuracy at {bit} bits"
    for key, letter, what in (
        ("before", "d", "the accuracy before finetuning"),
        ("after", "d", "the accuracy after finetuning"),
        ("average", "e", "the average precision"),
    ):
        for scheme in SCHEMES:
            if number_of(mixed, scheme, key) is None:
                yield f"Lab 2 ({letter}): {what} of {name_scheme(scheme)}"


def _missing_lab2(content: Any) -> Iterator[str]:
    if not text_of(content, "lab2", "a", "listing", "source"):
        yield "Lab 2 (a): the listing of STE"
    yield from _missing_accuracies(content)
    if not list_of(content, "lab2", "e", "layers"):
        yield "Lab 2 (e): the count per layer"
    for letter in "bcdef":
        yield from _missing_answers(content, "lab2", letter)


def name_scheme(scheme: str) -> str:
    """Write the bits of the three stages as the assignment does.

    Examples:
        >>> name_scheme("442")
        '{4,4,2}'
    """
    return "{" + ",".join(str(scheme)) + "}"


def read_verdict(verdict: Any) -> str:
    """Read a verdict: ``"True"``, ``"False"``, or empty where there is none.

    Examples:
        >>> read_verdict(True), read_verdict("f"), read_verdict(None)
        ('True', 'False', '')
    """
    if isinstance(verdict, bool):
        return str(verdict)
    word = str(verdict or "").strip().lower()
    return {"t": "True", "true": "True", "f": "False", "false": "False"}.get(word, "")


def list_missing(content: Any) -> list[str]:
    """List what a report lacks, in the order of the assignment.

    Args:
        content: See `report_template.student.build_student_report`.

    Returns:
        One short phrase per missing thing.

    Examples:
        >>> list_missing({})[:3]
        ['the name', 'the NetID', '1.1: the verdict']
    """
    missing = [
        phrase
        for key, phrase in (("name", "the name"), ("netid", "the NetID"))
        if not text_of(content, "student", key)
    ]
    for item in TRUE_FALSE:
        answer = table_of(content, "true_false", item)
        if not read_verdict(answer.get("verdict")):
            missing.append(f"{item}: the verdict")
        if not text_of(answer, "explanation"):
            missing.append(f"{item}: the explanation")
    missing += [*_missing_lab1(content), *_missing_lab2(content)]
    files = [str(name) for name in table_of(content, "files")]
    missing += [f"attachment: {name}" for name in ("answers.toml", "results.json") if name not in files]
    if not any(name.endswith((".py", ".ipynb")) for name in files):
        missing.append("attachment: your code")
    return missing
