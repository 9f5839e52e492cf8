"""Every hostile submission: contained, told in words, and worth nothing it did not earn."""

import json
import time

import pytest

from tests.bank.hostile import list_hostile_submissions, write_hostile
from tests.hostile.conftest import list_leftovers

ATTACKS = list_hostile_submissions()
# A grading stops calling after 45 s; the last call may still take its 2 s, the reports a few more.
MAX_SECONDS = 60.0

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
    for words in (
        "did not end within",
        "ended its process",
        "memory",
        "printed more than",
        "was refused",
        "raised",
        "is not defined",
    ):
        if words in told:
            return words
    return "wrong answer"


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_attack_is_contained(attack, grade, watch, tmp_path, note):
    """The grading ends in time, says what happened, gives nothing undeserved and touches nothing."""
    if attack.needs_gpu:
        pytest.skip("needs a CUDA device to attack")
    started = time.monotonic()
    result = grade(write_hostile(attack, tmp_path, watch.canaries))
    assert time.monotonic() - started < MAX_SECONDS
    note(attack.kind, attack.name, summarize(result))
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


def test_next_submission_is_graded_as_if_nothing_had_been(grade, settings):
    """After all attacks the reference still earns every automatic point in the same sandbox."""
    from tests.bank.paths import RIGHT

    result = grade(RIGHT / "vectorized_numpy")
    assert [check["name"] for check in result["checks"] if check["outcome"] != "passed"] == []


def test_machine_is_as_clean_as_before(grade, watch, tmp_path):
    """An attack leaves no process, no mount and no file behind."""
    attacks = {str(attack): attack for attack in ATTACKS}
    chosen = [attack for name, attack in attacks.items() if attack.kind in {"escapes", "exhausts"}][::8]
    processes, mounts, files = list_leftovers()
    for number, attack in enumerate(chosen):
        folder = tmp_path / str(number)
        folder.mkdir()
        grade(write_hostile(attack, folder, watch.canaries))
    time.sleep(0.5)
    after, mounts_after, files_after = list_leftovers()
    assert mounts_after == mounts
    assert files_after - files == set()
    assert {name for name in after - processes if name.startswith("python")} == set()
