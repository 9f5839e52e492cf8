"""Every hostile submission: contained, told in words, and worth nothing it did not earn."""

import json
import time

import pytest

from tests.bank.hostile import list_hostile_submissions, write_hostile
from tests.hostile.conftest import MAX_SECONDS
from tests.hostile.table import describe_level

ATTACKS = list_hostile_submissions()
# What the result says, and the word for it in the table.
WAYS = {
    "did not end within": "stopped at the time limit",
    "ended its process": "its process ended, its function lost",
    "ran out of memory": "memory limit",
    "printed more than": "output limit",
    "was refused": "reply refused",
    "raised": "exception told",
    "is not defined": "function missing",
    "not implemented yet": "not implemented",
}

pytestmark = [pytest.mark.slow, pytest.mark.hostile]


def sum_automatic(result, item):
    """Return the automatic points of an item that depend on code, and how many there are."""
    checks = [c for c in result["checks"] if c["item"] == item and c["function"]]
    return sum(check["score"] for check in checks), sum(check["max_score"] for check in checks)


def say(result):
    """Return everything that the result says in words."""
    told = [check[key] for check in result["checks"] for key in ("got", "rationale", "hint")]
    return " ".join([*told, *result["submission"]["notes"]])


def summarize(result):
    """Name how the attack ended, for the table."""
    told = say(result)
    if all(check["outcome"] == "passed" for check in result["checks"] if check["function"]):
        return "refused by the sandbox, the rest is right"
    return next((way for words, way in WAYS.items() if words in told), "value judged wrong")


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_attack_is_contained(attack, grade, watch, tmp_path, note):
    """The grading ends in time, says what happened, gives nothing undeserved and touches nothing."""
    noted = note(attack.kind, attack.name)
    if attack.needs_gpu:
        pytest.skip("needs a CUDA device to attack")
    started = time.monotonic()
    result = grade(write_hostile(attack, tmp_path, watch.canaries))
    took = time.monotonic() - started
    assert watch.list_touched() == []
    assert watch.secret not in json.dumps(result)
    assert not [check for check in result["checks"] if check["outcome"] == "error"]
    undeserved = {item: sum_automatic(result, item)[0] for item in attack.unearned}
    assert not any(undeserved.values()), undeserved
    for item in attack.partly:
        earned, available = sum_automatic(result, item)
        assert earned < available, f"{item}: all {available} points were earned"
    for item in attack.earned:
        earned, available = sum_automatic(result, item)
        assert earned == available, f"{item}: {earned} of {available} points, expected all"
    if attack.says:
        assert any(words in say(result) for words in attack.says), say(result)
    assert took < MAX_SECONDS
    noted.ended(summarize(result), describe_level(result))


def test_next_submission_is_graded_as_if_nothing_had_been(grade):
    """After the attacks the reference still earns every automatic point in the same sandbox."""
    from tests.bank.paths import RIGHT

    result = grade(RIGHT / "vectorized_numpy")
    assert [check["name"] for check in result["checks"] if check["outcome"] != "passed"] == []
