"""The three statements that make the hidden checks worth something."""

import json

import pytest

from tests.bank.answers import list_wrong_answers, write_wrong_answer
from tests.bank.mistakes import list_mistakes, write_submission
from tests.bank.right import RIGHT_SUBMISSIONS

MISTAKES = list_mistakes()
WRONG_ANSWERS = list_wrong_answers()


def list_losses(result):
    """Return the checks that did not pass, by name, without the reported numbers left to a person.

    A check that calls a function and is pending could not be made, and shows nothing.
    """
    return {
        check["name"]: check["rationale"]
        for check in result["checks"]
        if check["outcome"] != "passed" and (check["function"] or not check["pending"])
    }


def is_written(name):
    """Tell whether a check reads answers.toml rather than code."""
    return name.endswith((".verdict", ".optimal", ".sparse", ".update")) or ".reported_" in name


@pytest.mark.slow
@pytest.mark.parametrize("submission", RIGHT_SUBMISSIONS, ids=lambda submission: submission.name)
def test_right_submission_earns_every_automatic_point(grade, submission):
    """However it is written, a right submission loses no automatic point."""
    result = grade(submission.folder)
    losses = list_losses(result)
    if submission.answers is None:
        losses = {name: why for name, why in losses.items() if not is_written(name)}
    assert not losses
    assert not [check for check in result["checks"] if check["outcome"] == "error"]


@pytest.fixture(scope="session")
def shared(tmp_path_factory, worker_id):
    """A folder that all processes of this test run share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "graded"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def graded(grade, shared, tmp_path):
    """Grade a member of a bank once, however many tests and processes ask."""

    def run(member):
        kept = shared / f"{member}.json"
        if not kept.exists():
            folder = tmp_path / str(member)
            folder.mkdir()
            write = write_submission if hasattr(member, "function") else write_wrong_answer
            partial = tmp_path / "result.json"
            partial.write_text(json.dumps(grade(write(member, folder))))
            partial.replace(kept)
        return json.loads(kept.read_text())

    return run


@pytest.mark.slow
@pytest.mark.parametrize("mistake", MISTAKES, ids=str)
def test_wrong_submission_loses_points_in_its_own_items_alone(graded, mistake):
    """A mistake costs points in the items it belongs to, and nowhere else."""
    result = graded(mistake)
    lost = {check["item"] for check in result["checks"] if check["outcome"] != "passed"}
    assert mistake.items <= lost <= mistake.items | mistake.may_lose
    assert not [check for check in result["checks"] if check["outcome"] == "error"]
    wrong = {"STE": "STE.forward"}.get(mistake.function, mistake.function)
    assert {check["function"] for check in result["checks"] if check["outcome"] == "failed"} == {wrong}


@pytest.mark.slow
@pytest.mark.parametrize("answer", WRONG_ANSWERS, ids=str)
def test_wrong_answer_loses_points_in_its_own_item_alone(graded, answer):
    """A wrong entry of answers.toml costs its item alone."""
    lost = {check["item"] for check in graded(answer)["checks"] if check["outcome"] != "passed"}
    assert lost == answer.items


@pytest.mark.slow
def test_every_hidden_check_fails_for_a_wrong_submission(graded, settings):
    """A check that cannot fail establishes nothing."""
    failed = {
        check["name"]
        for member in (*MISTAKES, *WRONG_ANSWERS)
        for check in graded(member)["checks"]
        if check["outcome"] == "failed"
    }
    assert set(settings.rubric.checks) - failed == set()
