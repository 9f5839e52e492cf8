"""Sources that are hard to read do no harm, and cost no other submission anything."""

import json
import time

import pytest

from grader.errors import UsageError
from grader.gradebook.records import HandedIn
from grader.similarity.material import CODE
from grader.similarity.pages import build_pair_page
from grader.similarity.pairs import compare_class
from grader.similarity.reading import MaterialReader, read_class
from grader.similarity.writing import make_comparison
from grader.submission import read_files

HOSTILE = {
    "deep nesting": b"x = " + b"(" * 100_000 + b")" * 100_000,
    "deep brackets": b"x = " + b"[" * 50_000,
    "a megabyte in a line": b"x = " + b"1 + " * 260_000 + b"1",
    "null bytes": b"\0" * 1000 + b"def gd_step(W):\n    return W\n",
    "an open string": b"def f():\n    '''" + b"\\' " * 60_000,
    "only quotes": b'"' * 199_999,
    "only backslashes": b"\\" * 50_000,
    "a statement without end": b"def gd_step(W):\n    return W\n\n\n" * 2_000,
    "no text": bytes(range(256)) * 700,
    "a coding that is none": b"# coding: zip\n" + b"x = 1\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_source_does_no_harm(reader, read, explained, name):
    """Reading, comparing and showing it ends, and what is read next is read rightly."""
    started = time.monotonic()
    hostile = [read(key, {"lab1.py": HOSTILE[name]}) for key in ("one", "two")]
    plain = [
        read(key, {"lab1.py": "def f(a, b):\n    return [a[0] - b, a[1] + b, b // a, a ** b]\n"})
        for key in ("three", "four")
    ]
    class_ = [*hostile, *plain]
    ranking = compare_class(class_, explained)
    for rank, pair in enumerate(ranking.pairs, 1):
        build_pair_page(make_comparison(rank, pair, class_, ranking, explained))
    assert (2, 3) in {(pair.first, pair.second) for pair in ranking.pairs}
    assert all(text.kind == CODE for text in plain[0].texts)
    assert time.monotonic() - started < 60.0


def test_notebook_of_any_json_is_no_harm(read):
    """Cells of wrong types, nested ones and none are told in a note or read as nothing."""
    for content in (
        {"cells": [1, {"cell_type": "code", "source": {"a": 1}}]},
        {"cells": 3},
        [],
        {"worksheets": [[]]},
    ):
        material = read("odd", {"hw4.ipynb": json.dumps(content)})
        assert all(len(text.words) == 0 for text in material.texts)


def test_file_that_breaks_the_reader_costs_only_itself(read, reader, monkeypatch):
    """A worker that dies takes one file along; the next file gets a new worker."""
    from grader.sandbox.faults import Died

    ask = reader._probe

    def die(name, **arguments):
        if "bad.py" in arguments.get("files", ()):
            reader.close()
            raise Died(name, "killed by SIGSEGV")
        return ask(name, **arguments)

    monkeypatch.setattr(reader, "_probe", die)
    material = read("half", {"bad.py": "x = 1\n", "good.py": "y = 2\n"})
    assert [text.name for text in material.texts] == ["good.py"]
    assert material.notes[0].startswith("bad.py: cannot be read")


def test_upload_that_cannot_be_read_is_told_and_stops_nobody(reader):
    """A zip that is no zip, a path that is gone: a note, and the next one is read."""

    def refuse():
        raise UsageError("the upload is gone", hint="look")

    def accept():
        return read_files("b", {"lab1.py": b"x = [a for a in b]\n"})

    class_ = list(read_class([HandedIn("a", "", refuse), HandedIn("b", "Bea", accept)], reader))
    assert [(material.key, material.notes, len(material.texts)) for material in class_] == [
        ("a", ("the upload is gone",), 0),
        ("b", (), 1),
    ]


def test_reader_is_replaced_before_its_processor_time_is_used_up(sandbox, monkeypatch):
    """A worker has a budget for its life; a large class takes several, one after the other."""
    opened = []
    open_reader = sandbox.open_reader

    def count():
        opened.append(open_reader())
        return opened[-1]

    monkeypatch.setattr(sandbox, "open_reader", count)
    monkeypatch.setattr("grader.similarity.reading.MAX_PROBES", 2)
    with MaterialReader(sandbox) as reader:
        for number in range(5):
            reader.read_code({f"file{number}.py": b"x = 1\n"})
    assert len(opened) == 3
    assert all(one.closed for one in opened)
