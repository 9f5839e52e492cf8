"""Write the public checks and the sealed table of known mistakes into the handout.

Run as ``python -m grader.mistakes.publish`` after a change of the bank or of the public
inputs; a test tells when the file is stale.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

import student.given.diagnosis as sealed
from grader.errors import StaffError
from grader.mistakes.bank import PLAIN, Mistake, classify
from grader.mistakes.diagnosis import (
    FUNCTIONS,
    compute,
    differs_clearly,
    mistakes_of,
    normalize_arguments,
    right_function,
)
from grader.mistakes.public import PublicCheck, public_checks
from student.given.checks_data import PATH, decode

SAFE_MARGIN = 2e-5


def build_checks() -> dict[str, Any]:
    """Compute the content of the handout's data file.

    Returns:
        For each function its checks (claims, inputs, expected values) and, for each case, the
        sealed table of the mistakes that show on these inputs.

    Raises:
        StaffError: Two mistakes cannot be told apart on the public inputs, or one cannot be
            told from the right answer.
    """
    import reference.FP_layers as layers

    functions = {}
    for function in FUNCTIONS:
        right, checks = right_function(function), public_checks(function)
        described, by_case = [], dict[str, list[tuple[Any, ...]]]()
        for check in checks:
            calls = []
            for encoded, kwargs in check.calls:
                args = normalize_arguments(function, tuple(decode(value, layers) for value in encoded))
                _demand_case(check, classify(function, args, kwargs))
                expected = compute(right, args, kwargs)
                by_case.setdefault(check.case, []).append((args, kwargs, expected))
                calls.append({"args": encoded, "kwargs": kwargs, "expected": _plain_value(expected)})
            described.append({"claim": check.claim, "item": check.item, "case": check.case, "calls": calls})
        tables = {case: _seal_case(function, case, calls) for case, calls in by_case.items()}
        functions[function] = {"checks": described, "tables": {c: t for c, t in tables.items() if t}}
    return functions


def _demand_case(check: PublicCheck, case: str) -> None:
    if case != check.case:
        raise StaffError(f"public check {check.claim!r}: an input is {case}, expected {check.case}")


def _plain_value(value: Any) -> Any:
    value = value.double().numpy() if hasattr(value, "double") else value
    return np.asarray(value, dtype=np.float64).tolist()


def _seal_case(function: str, case: str, calls: list[tuple[Any, ...]]) -> dict[str, list[Any]]:
    table: dict[str, list[Any]] = {}
    for mistake in mistakes_of(function):
        if mistake.case != case:
            continue
        values = [compute(mistake.compute, args, kwargs) for args, kwargs, _ in calls]
        _demand_difference(mistake, values, calls)
        offset = max(range(sealed.OFFSETS), key=lambda offset: sealed.margin(values, offset))
        if sealed.margin(values, offset) < SAFE_MARGIN:
            raise StaffError(f"{mistake.id}: values too close to a rounding boundary; change the inputs")
        diagnosis = sealed.Diagnosis(mistake.id, mistake.why, mistake.hint)
        address, text = sealed.seal(values, diagnosis, offset)
        if address in table or sealed.look_up(table, values) is not None:
            raise StaffError(f"{mistake.id} cannot be told from another mistake on the public inputs")
        table[address] = [offset, text]
    return dict(sorted(table.items()))


def _demand_difference(mistake: Mistake, values: list[Any], calls: list[tuple[Any, ...]]) -> None:
    differing = sum(
        differs_clearly(value, expected, mistake.case)
        for value, (_, _, expected) in zip(values, calls, strict=True)
    )
    if differing < (2 if mistake.case == PLAIN else 1):
        raise StaffError(f"{mistake.id} does not differ from the right answer on enough public inputs")


def render_checks() -> str:
    """Return the text of the data file.

    Returns:
        JSON with one check or one sealed mistake a line.
    """
    parts = []
    for function, data in build_checks().items():
        checks = ",\n".join(f"  {json.dumps(check)}" for check in data["checks"])
        tables = ",\n".join(
            f"  {json.dumps(case)}: {{\n{_render_table(table)}\n  }}"
            for case, table in data["tables"].items()
        )
        parts.append(f'"{function}": {{\n "checks": [\n{checks}\n ],\n "tables": {{\n{tables}\n }}\n}}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _render_table(table: dict[str, list[Any]]) -> str:
    return ",\n".join(f"   {json.dumps(address)}: {json.dumps(entry)}" for address, entry in table.items())


def main() -> None:
    """Write the data file."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else PATH
    target.write_text(render_checks(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
