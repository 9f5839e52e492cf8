"""Points, policies and the demand for one outcome per check."""

from datetime import UTC, datetime, timedelta

import pytest

from grader.errors import StaffError
from grader.outcomes import CheckResult, Outcome
from grader.rubric import read_rubric
from grader.scoring import Claim, Policies, Written, apply_policies, score_items

RUBRIC = read_rubric()
DUE = datetime(2020, 10, 15, 23, 55, tzinfo=UTC)
NOTHING = Written({}, {}, has_report=False)


def outcomes(outcome=Outcome.PASSED, **changes):
    results = []
    for name, (item, part, points) in RUBRIC.checks.items():
        got = changes.get(name.replace(".", "_"), outcome)
        score = points if got is Outcome.PASSED else 0.0
        pending = points if got is Outcome.ERROR else 0.0
        results.append(CheckResult(name, item.id, part.function, got, score, points, pending=pending))
    return results


def policies(**changes):
    values = {
        "cap": 100.0,
        "zip_penalty": 0.2,
        "zipped": False,
        "late_penalty_per_day": 0.0,
        "due": DUE,
        "submitted_at": None,
    }
    return Policies(**(values | changes))


def test_rubric_keeps_the_points_of_the_assignment():
    """True/False 20, Lab 1 40 and 10 bonus, Lab 2 40."""
    sums = {"1": 0.0, "lab1": 0.0, "lab2": 0.0, "bonus": 0.0}
    for item in RUBRIC.items:
        sums["bonus" if item.bonus else item.id.split(".")[0]] += item.max_score
    assert sums == {"1": 20.0, "lab1": 40.0, "lab2": 40.0, "bonus": 10.0}


def test_missing_outcome_is_our_error_and_no_zero():
    """An empty list of outcomes cannot become a score."""
    with pytest.raises(StaffError, match="no outcome for"):
        score_items(RUBRIC, [], NOTHING)


def test_outcome_of_an_unknown_check_is_refused():
    """A check that the rubric does not know cannot earn points."""
    stray = CheckResult("lab9.z.x", "lab9.z", None, Outcome.PASSED, 9.0, 9.0)
    with pytest.raises(StaffError, match="lab9"):
        score_items(RUBRIC, [*outcomes(), stray], NOTHING)


def test_error_of_ours_leaves_its_points_pending():
    """What the grader could not decide is owed, not lost."""
    items = score_items(RUBRIC, outcomes(lab1_c_operator=Outcome.ERROR), NOTHING)
    assert items["lab1.c"]["pending"] == 2.0
    assert items["lab1.c"]["score"] == 4.0


def test_text_for_a_person_is_pending_and_a_blank_without_report_is_not():
    """A written explanation is owed a mark; nothing written, nowhere, is worth nothing."""
    written = Written({("1.1", "explanation"): "because"}, {}, has_report=False)
    items = score_items(RUBRIC, outcomes(), written)
    assert items["1.1"]["pending"] == 1.0
    assert items["1.2"]["pending"] == 0.0


def test_blank_text_with_a_report_is_left_to_a_person():
    """The text may stand in the PDF."""
    items = score_items(RUBRIC, outcomes(), Written({}, {}, has_report=True))
    assert items["1.2"]["pending"] == 1.0


def test_verified_claims_earn_and_others_wait():
    """A reported number that is verified earns its points; any other is shown to a person."""
    claims = {
        ("lab2.b", "float"): Claim(verified=True, text="0.91", rationale="found 0.91"),
        ("lab2.b", "bits_6"): Claim(verified=None, text="0.5", rationale="found 0.91"),
    }
    item = score_items(RUBRIC, outcomes(), Written({}, claims, has_report=False))["lab2.b"]
    assert (item["score"], item["pending"]) == (0.5, 0.5)


def test_total_is_capped():
    """The bonus cannot lift the total above 100."""
    items = {"a": {"score": 105.0, "pending": 0.0}}
    total = apply_policies(items, policies())
    assert (total["raw_score"], total["score"]) == (105.0, 100.0)
    assert [policy["applied"] for policy in total["policies"]] == [True, False, False]


def test_zip_costs_a_fifth_of_the_capped_grade():
    """20 percent of the grade is deducted, after the cap."""
    total = apply_policies({"a": {"score": 105.0, "pending": 0.0}}, policies(zipped=True))
    assert total["score"] == 80.0


def test_late_is_flagged_without_a_penalty_unless_one_is_set():
    """The assignment names no penalty for lateness."""
    late = DUE + timedelta(hours=30)
    flagged = apply_policies({"a": {"score": 50.0, "pending": 0.0}}, policies(submitted_at=late))
    assert flagged["score"] == 50.0
    assert flagged["policies"][2]["applied"]
    assert "2 started day(s) late" in flagged["policies"][2]["rationale"]
    costly = policies(submitted_at=late, late_penalty_per_day=0.1)
    assert apply_policies({"a": {"score": 50.0, "pending": 0.0}}, costly)["score"] == 40.0
