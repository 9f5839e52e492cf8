"""A file that breaks the reader costs only itself."""

import pytest

from grader.submission import survey_sources
from grader.submission.surveying import MAX_BATCH_BYTES


class BrokenError(Exception):
    """What a reader raises that did not survive."""


def make_reader(*, breaks: str = "", calls: list[list[str]] | None = None):
    def ask(files: dict[str, bytes]):
        if calls is not None:
            calls.append(sorted(files))
        if breaks in files:
            raise BrokenError(f"{breaks}\n\x1b[31m timed out")
        return {name: {"cells": []} for name in files}

    return ask


def test_small_files_are_read_together():
    calls: list[list[str]] = []
    replies = survey_sources({"a.py": b"", "b.py": b"x"}, make_reader(calls=calls), BrokenError)
    assert calls == [["a.py", "b.py"]]
    assert set(replies) == {"a.py", "b.py"}


def test_files_that_would_not_fit_together_are_read_apart():
    calls: list[list[str]] = []
    half = bytes(MAX_BATCH_BYTES // 2)
    sources = {"a.ipynb": half, "b.ipynb": half, "c.ipynb": half, "lab1.py": b"x"}
    survey_sources(sources, make_reader(calls=calls), BrokenError)
    assert calls == [["a.ipynb", "lab1.py"], ["b.ipynb", "c.ipynb"]]


def test_a_file_that_breaks_the_reader_is_unreadable_and_the_others_are_read():
    replies = survey_sources(
        {"a.py": b"", "bad.py": b"", "c.py": b""}, make_reader(breaks="bad.py"), BrokenError
    )
    assert replies["a.py"] == replies["c.py"] == {"cells": []}
    assert replies["bad.py"]["unreadable"].startswith("cannot be read: bad.py")
    assert replies["bad.py"]["unreadable"].isprintable()


def test_a_submission_that_breaks_every_reader_is_given_up():
    calls: list[list[str]] = []

    def ask(files: dict[str, bytes]):
        calls.append(sorted(files))
        raise BrokenError("timed out")

    replies = survey_sources({f"{number}.py": b"" for number in range(100)}, ask, BrokenError)
    assert len(calls) == 4
    assert len(replies) == 100
    assert all("unreadable" in reply for reply in replies.values())


def test_errors_of_ours_are_not_taken_for_the_students():
    def ask(files: dict[str, bytes]):
        raise OSError("no worker")

    with pytest.raises(OSError, match="no worker"):
        survey_sources({"a.py": b""}, ask, BrokenError)


def test_without_code_nobody_is_asked():
    calls: list[list[str]] = []
    assert survey_sources({}, make_reader(calls=calls), BrokenError) == {}
    assert calls == []
