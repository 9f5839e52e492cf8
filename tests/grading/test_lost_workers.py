"""A worker that the kernel kills because the machine has no memory left: our fault, one check, no zero."""

import itertools

from tests.bank.paths import REFERENCE


def test_a_killed_worker_leaves_one_check_pending_and_the_others_graded(grade, kill_for_memory):
    """The next check of the same function has a fresh worker."""
    calls = itertools.count()
    kill_for_memory(lambda _, given: given.get("function") == "soft_threshold" and next(calls) == 0)
    result = grade(REFERENCE)
    (lost,) = [check for check in result["checks"] if check["function"] and check["outcome"] != "passed"]
    assert (lost["function"], lost["outcome"]) == ("soft_threshold", "error")
    assert lost["pending"] == lost["max_score"] > 0
    assert "this machine ran out of memory" in lost["rationale"]
    assert result["status"] != "graded"
