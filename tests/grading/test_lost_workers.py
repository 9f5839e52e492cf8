"""A worker that the kernel kills because the machine has no memory left: our fault, one check, no zero."""

import itertools
import os
import signal

from grader.sandbox import Session
from tests.bank.paths import REFERENCE


def test_a_killed_worker_leaves_one_check_pending_and_the_others_graded(grade, monkeypatch):
    """The next check of the same function has a fresh worker."""
    kills, calls, probe = itertools.count(), itertools.count(), Session.probe

    def kill_once(session, name, **arguments):
        if arguments.get("function") == "soft_threshold" and next(calls) == 0:
            os.kill(session._process.find_id(), signal.SIGKILL)
        return probe(session, name, **arguments)

    monkeypatch.setattr("grader.sandbox.session.count_memory_kills", lambda **_: next(kills))
    monkeypatch.setattr(Session, "probe", kill_once)
    result = grade(REFERENCE)
    (lost,) = [check for check in result["checks"] if check["function"] and check["outcome"] != "passed"]
    assert (lost["function"], lost["outcome"]) == ("soft_threshold", "error")
    assert lost["pending"] == lost["max_score"] > 0
    assert "this machine ran out of memory" in lost["rationale"]
    assert result["status"] != "graded"
