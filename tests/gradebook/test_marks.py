"""Final marks: what the grader gave, what persons gave and decided, then the policies."""

from datetime import timedelta

import pytest

from grader.errors import UsageError
from grader.gradebook.history import tell_history
from grader.gradebook.human import set_mark, set_override
from grader.gradebook.marks import list_marks, list_pending, list_unsettled
from grader.gradebook.records import ClassDownload
from grader.gradebook.standing import find_standing
from grader.scoring import Policies, apply_policies
from student.given.problem import load_assignment
from tests.gradebook.conftest import hand_in


def mark(book, key, points, *, part="comment", author="Bo", reason=""):
    """Give a student points."""
    set_mark(book, find_standing(book, key), "lab1.b", part, points, author, reason)


def score(book, key):
    """Return a student's final score and what is pending."""
    return next((found.score, found.pending) for found in list_marks(book) if found.key == key)


def test_human_mark_fills_the_pending_part(run, book):
    """The points count, nothing is pending any more, and the reason reaches the student."""
    run({"ann": "right", "bob": "wrong"})
    assert [(part.key, part.part, part.out_of, part.text) for part in list_pending(book)] == [
        ("ann", "comment", 3.0, "it converges"),
        ("bob", "comment", 3.0, "it converges"),
    ]
    mark(book, "ann", 2.5, reason="no word on the rate")
    assert score(book, "ann") == (4.5, 0.0)
    assert score(book, "bob") == (0.0, 3.0)
    assert "comment: 2.5 of 3, no word on the rate" in list_marks(book)[0].comment
    assert [part.key for part in list_pending(book)] == ["bob"]


def test_later_mark_counts_and_the_history_has_both(run, book):
    """Nothing is overwritten."""
    run({"ann": "right"})
    mark(book, "ann", 1.0, author="Bo")
    mark(book, "ann", 3.0, author="Cy", reason="second reading")
    assert score(book, "ann") == (5.0, 0.0)
    mark(book, "ann", None, author="Cy")
    assert score(book, "ann") == (2.0, 3.0)
    words = [entry.words for entry in tell_history(book, "ann") if entry.what == "mark"]
    assert words == [
        "lab1.b, comment: 1 of 3, by Bo",
        "lab1.b, comment: 3 of 3, by Cy: second reading",
        "lab1.b, comment: withdrawn, by Cy",
    ]


@pytest.mark.parametrize("points", [-0.5, 3.5, float("nan"), float("inf")])
def test_points_that_cannot_be_given_are_refused(run, book, points):
    """The message names what was found and what is possible; nothing is written."""
    run({"ann": "right"})
    with pytest.raises(UsageError, match="expected 0 to 3"):
        mark(book, "ann", points)
    assert book.count("human_marks") == 0


def test_only_what_is_left_to_a_person_can_be_marked(run, book):
    """A part that the grader decided takes an override, with a reason."""
    run({"ann": "right"})
    with pytest.raises(UsageError, match="nothing is left to a person"):
        mark(book, "ann", 1.0, part="trajectory")
    with pytest.raises(UsageError, match="found no part 'essay', expected one of trajectory, comment"):
        mark(book, "ann", 1.0, part="essay")
    with pytest.raises(UsageError, match="found no student 'zoe', expected one such as ann"):
        mark(book, "zoe", 1.0)


def test_mark_survives_a_regrade_and_a_new_upload_with_the_same_text(run, book):
    """What was marked is the text: it need not be read again because code or grader changed."""
    run({"ann": "right"})
    mark(book, "ann", 2.0)
    run({"ann": "right"}, regrade=True)
    assert score(book, "ann") == (4.0, 0.0)
    run({"ann": "wrong"})
    assert score(book, "ann") == (2.0, 0.0)


def test_mark_of_another_text_does_not_count(run, book):
    """A new text waits for a person again; the old mark is shown beside it."""
    run({"ann": "right"})
    mark(book, "ann", 2.0)
    run({"ann": "right first"})
    assert score(book, "ann") == (2.0, 3.0)
    assert next(iter(list_pending(book))).earlier == "2 of 3 by Bo, for what was there before"


def test_override_decides_an_item_or_the_total_until_the_upload_changes(run, book):
    """It holds through a regrade, can be withdrawn, and is not carried to other code."""
    run({"ann": "wrong"})
    standing = find_standing(book, "ann")
    set_override(book, standing, "lab1.b", 7.0, "Prof", "appeal")
    assert score(book, "ann") == (7.0, 0.0)
    run({"ann": "wrong"}, regrade=True)
    assert score(book, "ann") == (7.0, 0.0)
    set_override(book, standing, "", 50.0, "Prof", "extension")
    assert score(book, "ann") == (50.0, 0.0)
    assert "the total: 50 instead of 7, decided by Prof: extension" in list_marks(book)[0].comment
    set_override(book, standing, "", None, "Prof", "was a mistake")
    assert score(book, "ann") == (7.0, 0.0)
    with pytest.raises(UsageError, match="expected 0 to 8"):
        set_override(book, standing, "lab1.b", 9.0, "Prof", "x")
    run({"ann": "wrong again"})
    assert score(book, "ann") == (0.0, 3.0)


def test_student_without_a_result_has_no_mark_until_a_person_decides(run, book):
    """A failure is never a zero; a decision on the total is a mark."""
    run({"ann": UsageError("broken.zip: is damaged"), "bob": "raises"})
    assert list_marks(book) == []
    assert [student.key for student in list_unsettled(book)] == ["ann", "bob"]
    set_override(book, find_standing(book, "ann"), "", 40.0, "Prof", "graded by hand")
    assert [(found.key, found.score) for found in list_marks(book)] == [("ann", 40.0)]
    assert [student.key for student in list_unsettled(book)] == ["bob"]


def test_policies_are_applied_after_the_marks_of_persons(run, book, tmp_path):
    """A zip costs its fraction of the points that a person gave, too."""
    run({"ann": "right zipped"})
    mark(book, "ann", 3.0)
    kept = 1.0 - load_assignment().zip_penalty
    assert score(book, "ann") == (pytest.approx(5.0 * kept), 0.0)


def test_policies_survive_the_gradebook(run, book, tmp_path):
    """Lateness and cap are applied from the gradebook as they were when it was graded."""
    from grader.gradebook.recording import dump_policies, load_policies

    assignment = load_assignment()
    policies = Policies(
        cap=100.0,
        zip_penalty=0.2,
        zipped=True,
        late_penalty_per_day=0.1,
        due=assignment.due,
        submitted_at=assignment.due + timedelta(hours=30),
    )
    again = load_policies(dump_policies(policies))
    items = {"x": {"score": 90.0, "pending": 0.0}}
    assert apply_policies(items, again) == apply_policies(items, policies)
    assert apply_policies(items, again)["score"] == pytest.approx(90.0 - 18.0 - 18.0)


def test_name_of_a_student_is_the_latest(run, book, tmp_path):
    """Names may come with a later download; the key stays."""
    run({"ann": "right"})
    run(ClassDownload("canvas", tmp_path, (hand_in("ann", "right", name="Ann Lee"),)))
    assert [(found.key, found.name) for found in list_marks(book)] == [("ann", "Ann Lee")]
    assert book.count("attempts") == 1


def test_comment_tells_reasons_and_no_hidden_value(run, book):
    """The student reads why points were lost."""
    run({"bob": "wrong"})
    comment = list_marks(book)[0].comment
    assert comment.splitlines() == [
        "0 of 100 points.",
        "3 points are still to be marked by a person.",
        "lab1.b, Gradient descent: 0 of 8.",
        "  gd_step: entry 3 differs; the factor two is missing",
        "  second: 0 of 3, found no text",
    ]
