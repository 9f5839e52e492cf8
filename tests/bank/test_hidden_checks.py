"""The hidden checks as plain calls say what a whole grading says."""

import pytest

from grader.submission import read_submission
from tests.bank.hidden_checks import PASSED, assemble_submission, list_hidden_checks, warm
from tests.bank.mistakes import list_mistakes, write_submission
from tests.bank.paths import RIGHT, SAMPLE


def test_every_check_of_the_rubric_is_listed(settings):
    """None is left out, none is listed twice."""
    checks = list_hidden_checks(settings)
    assert sorted(check.name for check in checks) == sorted(settings.rubric.checks)


@pytest.fixture(params=["sample", "right", "wrong"])
def folder(request, tmp_path):
    if request.param == "wrong":
        return write_submission(next(m for m in list_mistakes() if m.function == "gd_step"), tmp_path)
    return {"sample": SAMPLE, "right": RIGHT / "argpartition"}[request.param]


@pytest.mark.slow
def test_outcomes_are_those_of_a_grading(grade, sandbox, settings, folder):
    """For the same seed, check by check, on the first call and on workers that were used before."""
    graded = grade(folder, seed=7)["checks"]
    expected = {check["name"]: check["outcome"] == "passed" for check in graded if check["function"]}
    checks = [check for check in list_hidden_checks(settings) if check.function]
    with warm(sandbox, settings, assemble_submission(read_submission(folder), sandbox)) as submission:
        for seed in (7, 8, 7):
            outcomes, drawing = submission.grade(checks, seed)
            if seed == 7:
                assert {name: outcome == PASSED for name, outcome in outcomes.items()} == expected
            assert {check.item for check in drawing} <= {check.item for check in checks}
            assert "lab2.a.layers" not in {check.name for check in drawing}
