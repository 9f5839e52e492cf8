"""Several TAs' gradebooks become one: nothing lost, nothing doubled, disagreements told."""

import pytest

from grader.errors import UsageError
from grader.gradebook.human import set_mark
from grader.gradebook.marks import list_marks
from grader.gradebook.merging import merge_gradebooks
from grader.gradebook.schema import TABLES
from grader.gradebook.standing import find_folder, find_standing
from grader.gradebook.store import Gradebook


@pytest.fixture
def other(tmp_path):
    """A second TA's empty gradebook."""
    folder = tmp_path / "other"
    folder.mkdir()
    with Gradebook.open(folder, create=True) as opened:
        yield opened


def copy_into(target, source):
    """Give a TA a copy of what is there, as when a class is divided after it was graded."""
    merge_gradebooks(target, [source])


def scores(book):
    """Return final scores by student."""
    return {mark.key: mark.score for mark in list_marks(book)}


def mark(book, key, points, author):
    """Give a student points for the comment."""
    set_mark(book, find_standing(book, key), "lab1.b", "comment", points, author)


def test_two_halves_make_a_whole(run, book, other):
    """Each TA marks some of the same class; together all marks are there, once."""
    run({"ann": "right", "bob": "wrong", "cyd": "right"})
    copy_into(other, book)
    mark(book, "ann", 3.0, "Bo")
    mark(other, "bob", 1.0, "Cy")
    outcome = merge_gradebooks(book, [other])
    assert dict(outcome.added) == {"human_marks": 1}
    assert outcome.conflicts == []
    assert scores(book) == {"ann": 5.0, "bob": 1.0, "cyd": 2.0}


def test_merging_again_adds_nothing(run, book, other):
    """A merge that was cut off, or made twice, doubles no row."""
    run({"ann": "right", "bob": "raises"})
    mark(book, "ann", 3.0, "Bo")
    merge_gradebooks(other, [book])
    before = {table: other.count(table) for table in TABLES}
    assert before == {table: book.count(table) for table in TABLES}
    assert not merge_gradebooks(other, [book]).added
    assert before == {table: other.count(table) for table in TABLES}
    other.check()


def test_disagreement_is_told_and_the_later_mark_counts(run, book, other):
    """Whichever order the gradebooks are merged in."""
    run({"ann": "right"})
    copy_into(other, book)
    mark(other, "ann", 1.0, "Cy")
    mark(book, "ann", 3.0, "Bo")
    outcome = merge_gradebooks(book, [other])
    assert outcome.conflicts == ["ann, lab1.b, comment: 1 by Cy, 3 by Bo; the last one counts"]
    assert scores(book) == {"ann": 5.0}
    merge_gradebooks(other, [book])
    assert scores(other) == {"ann": 5.0}


def test_mark_after_a_merge_is_later_than_every_merged_one(run, book, other):
    """Another TA's clock that runs ahead does not outweigh what is decided afterwards."""
    run({"ann": "right"})
    copy_into(other, book)
    other._last = "2999-01-01T00:00:00.000000+00:00"
    mark(other, "ann", 1.0, "Cy")
    merge_gradebooks(book, [other])
    mark(book, "ann", 2.0, "Bo")
    assert scores(book) == {"ann": 4.0}


def test_reports_come_along(run, book, other):
    """The merged gradebook's folder holds the files that an export needs."""
    run({"ann": "right", "x/y": "right"})
    merge_gradebooks(other, [book])
    for found in list_marks(other):
        assert found.report == find_folder(other, found.key) / "report.pdf"
        assert (find_folder(other, found.key) / "results.json").is_file()


def test_gradebook_is_not_merged_into_itself(book):
    """The caller named the wrong file."""
    with Gradebook.open(book.path) as again, pytest.raises(UsageError, match="as source and as target"):
        merge_gradebooks(book, [again])
