"""What a student may see of a result: hidden means hidden."""

from __future__ import annotations

from typing import Any

STAFF_ONLY = ("inputs", "expected", "tolerance")


def hide_answers(result: dict[str, Any]) -> dict[str, Any]:
    """Return a result as a student may see it.

    The hidden inputs and the expected values go; what was called, what came back, why it is
    wrong and how to go on stay. The seed goes too: with it the inputs could be drawn again.

    Args:
        result: As in ``results.json``.

    Returns:
        A copy without what is for staff only.

    Examples:
        >>> check = {"got": "2", "expected": "1", "inputs": "W = 3", "tolerance": ""}
        >>> hidden = hide_answers({"checks": [check], "provenance": {"seed": 7, "command": "x"}})
        >>> hidden["checks"][0]["got"], hidden["checks"][0]["expected"], hidden["provenance"]
        ('2', '', {})
    """
    checks = [check | dict.fromkeys(STAFF_ONLY, "") for check in result["checks"]]
    provenance = {key: value for key, value in result["provenance"].items() if key not in {"seed", "command"}}
    return result | {"checks": checks, "provenance": provenance}
