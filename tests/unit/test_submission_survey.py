"""The survey of submitted code: decoding, notebooks, names, stubs and hints, without running anything."""

import codecs
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.wire import encode
from grader.worker.survey import survey
from grader.worker.survey_source import MAX_CHARACTERS, decode_source

STUB = 'def prune_topk(W, k):\n    """Keep."""\n    raise NotImplementedError("Lab 1(c)")\n'
WRITTEN = "def prune_topk(W, k):\n    return W\n"


def survey_one(source, name="lab1.py"):
    content = source if isinstance(source, bytes) else source.encode()
    return survey({name: content})[name]


def notebook(*cells, **extra) -> bytes:
    code = [{"cell_type": "code", "metadata": {}, "source": cell, "outputs": []} for cell in cells]
    return json.dumps({"cells": code, "metadata": {}, "nbformat": 4, "nbformat_minor": 5} | extra).encode()


@pytest.mark.parametrize(
    ("content", "note"),
    [
        ("s = 'é'".encode(), ""),
        (codecs.BOM_UTF8 + "s = 'é'".encode(), ""),
        ("# -*- coding: latin-1 -*-\ns = 'é'".encode("latin-1"), "is in iso-8859-1, as it says"),
        ("s = 'é'".encode("utf-16"), "is UTF-16"),
        ("s = 'é'".encode("utf-16-le"), "is UTF-16 without a byte order mark"),
        ("s = 'é'".encode("utf-16-be"), "is UTF-16 without a byte order mark"),
        ("s = 'é'".encode("utf-32"), "is UTF-32"),
        ("s = 'é'".encode("latin-1"), "is not UTF-8; read as Latin-1"),
        ("# coding: no_such\ns = 'é'".encode(), ""),
        ("# coding: rot13\ns = 'é'".encode(), ""),
        ("# coding: ascii\ns = 'é'".encode(), ""),
    ],
)
def test_source_of_any_encoding_is_decoded(content, note):
    text, found = decode_source(content)
    assert text.endswith("s = 'é'")
    assert found == note
    assert survey_one(content)["errors"] == []


def test_line_ends_of_any_system_count_lines_alike():
    for end in ("\r\n", "\r", "\n"):
        found = survey_one(f"x = 1{end}{end}def prune_topk(W, k):{end}    return W{end}")
        assert found["definitions"]["prune_topk"]["line"] == 3


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("x = 1\ndef prune_topk(W, k:\n", 2),
        ("def prune_topk(W, k):\n  return W\n   x\n", 3),
        ("def prune_topk(W, k):\n\tif W:\n        return\n", 3),
        ("def prune_topk(W, k):\n    print 'x'\n", 2),
        ("def prune_topk(W, k): pass\nreturn 5\n", 2),
        ("def prune_topk(W, W): pass\n", 1),
    ],
)
def test_a_syntax_error_has_its_line_and_the_names_it_hides(source, line):
    (error,) = survey_one(source)["errors"]
    assert error["line"] == line
    assert error["message"]
    assert error["mentions"] == ["prune_topk"]
    assert survey_one(source)["definitions"] == {}


@pytest.mark.parametrize(
    "source",
    [
        b"x = 1\0\n",
        b"x = " + b"(" * 5000,
        b"x = " + b"[" * 150 + b"]" * 150,
        b"x = " + b"-" * 20000 + b"1",
        b"x = " + b"1+" * 20000 + b"1",
        b"x" + b".a" * 20000,
        b"if 1:\n  pass\n" + b"elif 1:\n  pass\n" * 5000,
        b"x = " + b"9" * 20000,
        b"\xff\xfe\x00",
        b"\x80" * 1000,
        b"",
    ],
)
def test_hostile_source_gives_an_error_or_nothing(source):
    found = survey_one(source)
    assert len(found["errors"]) <= 1
    assert found["definitions"] == {}
    encode(found, strict=True)


@pytest.mark.parametrize(
    ("source", "line", "stub"),
    [
        (WRITTEN, 1, False),
        (STUB, 1, True),
        ("def prune_topk(W, k):\n    pass\n", 1, True),
        ("def prune_topk(W, k):\n    '''Text.'''\n", 1, True),
        ("def prune_topk(W, k):\n    ...\n", 1, True),
        ("def prune_topk(W, k):\n    raise NotImplementedError\n", 1, True),
        (
            "def prune_topk(W, k):\n    if W is None:\n        raise NotImplementedError\n    return W\n",
            1,
            False,
        ),
        ("async def prune_topk(W, k):\n    return W\n", 1, False),
        ("if True:\n    def prune_topk(W, k):\n        return W\n", 2, False),
        ("try:\n    import x\nexcept ImportError:\n    def prune_topk(W, k):\n        return W\n", 4, False),
        ("with x:\n    for i in y:\n        prune_topk = f\n", 3, False),
        ("prune_topk = lambda W, k: W\n", 1, False),
        ("def mine(W, k):\n    return W\nprune_topk = mine\n", 1, False),
        ("def mine(W, k):\n    pass\nother = mine\nprune_topk = other\n", 1, True),
        ("from tools import mine as prune_topk\n", 1, False),
        ("a, prune_topk = f, g\n", 1, False),
        ("prune_topk: object = f\n", 1, False),
        ("prune_topk = None\n", 1, True),
        ("@cache\n@other\ndef prune_topk(W, k):\n    return W\n", 1, False),
        (STUB + "\n" + WRITTEN, 5, False),
        (WRITTEN + "\n" + STUB, 4, True),
        ("prune_topk = prune_topk\n", 1, False),
        ("a = b\nb = a\nprune_topk = a\n", 2, False),
    ],
)
def test_a_name_is_found_however_it_gets_its_value(source, line, stub):
    found = survey_one(source)["definitions"]["prune_topk"]
    assert (found["line"], found["stub"]) == (line, stub)


@pytest.mark.parametrize(
    "source",
    [
        "class A:\n    def prune_topk(self, k):\n        return k\n",
        "def main():\n    def prune_topk(W, k):\n        return W\n",
        'if __name__ == "__main__":\n    def prune_topk(W, k):\n        return W\n',
        "if False:\n    def prune_topk(W, k):\n        return W\n",
    ],
)
def test_what_is_not_there_after_an_import_is_not_found_but_hinted_at(source):
    found = survey_one(source)
    assert found["definitions"] == {}
    (hint,) = found["hints"]
    assert hint["function"] == "prune_topk"
    assert "expected at the top level" in hint["text"]


def test_a_deleted_name_is_not_there():
    assert survey_one(WRITTEN + "del prune_topk\n")["definitions"] == {}


def test_the_class_ste_counts_by_its_forward():
    head = "class STE(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, w, bit):\n"
    assert survey_one(head + "        raise NotImplementedError('Lab 2(a)')\n")["definitions"]["STE"]["stub"]
    found = survey_one("import torch\n" + head + "        return w\n")["definitions"]["STE"]
    assert (found["stub"], found["line"], found["end_line"], found["problem"]) == (False, 2, 5, "")


@pytest.mark.parametrize(
    ("source", "function", "problem"),
    [
        ("def gd_step(W, X, y): pass", "gd_step", "takes (W, X, y), expected gd_step(W, X, y, lr, l1=0.0)"),
        (
            "def gd_step(W, X, y, lr): pass",
            "gd_step",
            "takes (W, X, y, lr), expected gd_step(W, X, y, lr, l1=0.0)",
        ),
        ("def gd_step(X, y, W, lr, l1=0): pass", "gd_step", "the order counts"),
        ("def gd_step(w, x, t, mu, lam=0): pass", "gd_step", ""),
        ("def gd_step(*arguments): pass", "gd_step", ""),
        ("def gd_step(W, X, y, lr, l1=0, *, momentum): pass", "gd_step", "takes (W, X, y, lr, l1)"),
        ("def gd_step(W, X, y, lr, l1=0, verbose=False): pass", "gd_step", ""),
        ("gd_step = lambda W: W", "gd_step", "takes (W)"),
        ("soft_threshold = partial(f, 3)", "soft_threshold", ""),
        ("class soft_threshold: pass", "soft_threshold", "is a class"),
        ("def STE(w, bit): pass", "STE", "is a function, expected STE.forward(ctx, w, bit)"),
        ("class STE(torch.autograd.Function): pass", "STE", "has no forward"),
        ("class STE(Base): pass", "STE", ""),
        ("class STE(Function):\n def forward(ctx, w): pass", "STE", "takes (ctx, w)"),
        ("def avg_precision(): pass", "avg_precision", "takes (), expected avg_precision(net)"),
    ],
)
def test_what_cannot_be_called_as_the_grader_does_is_told(source, function, problem):
    found = survey_one(source)["definitions"][function]["problem"]
    assert (problem in found) if problem else not found


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("softthreshold", "soft_threshold"),
        ("SoftThreshold", "soft_threshold"),
        ("soft_thresholding", "soft_threshold"),
        ("gdstep", "gd_step"),
        ("gradient_step", "gd_step"),
        ("prune_top_k", "prune_topk"),
        ("trimmed_l1", "trimmed_l1_prox"),
        ("trimed_l1_prox", "trimmed_l1_prox"),
        ("average_precision", "avg_precision"),
    ],
)
def test_a_near_name_is_hinted_at(name, function):
    (hint,) = survey_one(f"x = 1\ndef {name}(W): return W\n")["hints"]
    assert hint["function"] == function
    assert hint["line"] == 2
    assert hint["text"] == f"found {name}, expected {function}: rename it"


def test_a_later_stub_over_written_code_is_hinted_at():
    (hint,) = survey_one(WRITTEN + STUB)["hints"]
    assert hint["text"] == "prune_topk is defined 2 times; the last one counts, and it is not written"


def test_imports_are_listed_however_they_are_written():
    source = "import a.b, c as d\nfrom e.f import g\nfrom . import h\nfrom .i import j\n"
    source += "def f():\n    import k\n    importlib.import_module('l')\n    __import__('m')\n"
    assert set(survey_one(source)["imports"]) == set("acehiklm")


def test_the_cells_of_a_notebook_are_read_one_by_one():
    content = notebook(
        "%matplotlib inline\nimport numpy", ["def prune_topk(W, k):\n", "    return W"], "x = ("
    )
    found = survey_one(content, "hw4.ipynb")
    assert found["is_notebook"]
    assert found["cells"] == ["pass\nimport numpy", "def prune_topk(W, k):\n    return W", ""]
    assert found["definitions"]["prune_topk"]["cell"] == 1
    assert [(error["cell"], error["line"]) for error in found["errors"]] == [(2, 1)]


def test_old_and_new_notebooks_are_read():
    cell = {"cell_type": "code", "input": ["x = 1\n", "y = 2"], "prompt_number": 1, "outputs": []}
    old = {"worksheets": [{"cells": [{"cell_type": "heading", "source": "A"}, cell]}], "nbformat": 3}
    assert survey_one(json.dumps(old), "a.ipynb")["cells"] == ["x = 1\ny = 2"]
    assert survey_one(notebook("x = 1", nbformat=5), "a.ipynb")["cells"] == ["x = 1"]
    assert survey_one(b"\xef\xbb\xbf" + notebook("x = 1"), "a.ipynb")["cells"] == ["x = 1"]
    assert survey_one(json.dumps({"cells": [{"cell_type": "code", "source": "x"}]}), "a.ipynb")["cells"] == [
        "x"
    ]


@pytest.mark.parametrize(
    "cell",
    [None, 5, "text", [], {}, {"cell_type": "code", "source": 5}, {"cell_type": "markdown", "source": "x"}],
)
def test_what_is_no_code_cell_is_left_out(cell):
    book = {"cells": [cell, {"cell_type": "code", "source": [1, "x = 1", None]}], "nbformat": 4}
    assert survey_one(json.dumps(book), "a.ipynb")["cells"] == ["x = 1"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[1, 2]",
        b"[" * 100_000,
        b'{"cells": 5}',
        b"<html>",
        b"%PDF-1.4",
        b'{"a":' * 50_000,
        b"null",
    ],
)
def test_what_is_no_notebook_is_unreadable(content):
    found = survey_one(content, "a.ipynb")
    assert "is no notebook" in found.get("unreadable", "") or found["notes"] == [
        "is no notebook by its content; read as Python"
    ]


def test_content_decides_between_notebook_and_python():
    assert survey_one(notebook(WRITTEN), "lab1.py")["is_notebook"]
    assert survey_one(WRITTEN, "hw4.ipynb")["definitions"]["prune_topk"]["line"] == 1
    assert not survey_one("{1: 2}\n", "lab1.py")["is_notebook"]


def test_a_notebook_with_lone_surrogates_is_read():
    found = survey_one(b'{"cells": [{"cell_type": "code", "source": "x = \'\\ud800\'"}]}', "a.ipynb")
    assert found["cells"] == ["x = '?'"]


def test_cells_that_were_run_out_of_order_are_told():
    cells = [{"cell_type": "code", "source": "x", "execution_count": count} for count in (2, None, 1)]
    assert survey_one(json.dumps({"cells": cells}), "a.ipynb")["notes"] == [
        "its cells were last run in another order than they stand in; here from the top"
    ]


def test_a_file_that_a_notebook_writes_is_a_file():
    replies = survey({"hw4.ipynb": notebook("%%writefile src/FP_layers.py\n" + WRITTEN, "x = 1")})
    assert list(replies) == ["hw4.ipynb", "hw4.ipynb/FP_layers.py"]
    assert replies["hw4.ipynb/FP_layers.py"]["definitions"]["prune_topk"]["line"] == 2
    assert replies["hw4.ipynb"]["definitions"] == {}


def test_an_export_of_a_notebook_loses_what_only_ipython_understands():
    source = "# Colab\n!pip install torch\n%matplotlib inline\n" + WRITTEN
    found = survey_one(source)
    assert found["errors"] == []
    assert found["definitions"]["prune_topk"]["line"] == 4
    assert found["notes"] == ["commands of IPython and Colab in it were left out"]
    parses = "from google.colab import drive\ndrive.mount('/content')\nget_ipython().system('ls')\n" + WRITTEN
    assert survey_one(parses)["cells"] == ["pass\npass\npass\n" + WRITTEN]


def test_too_much_code_is_not_read():
    found = survey({"lab1.py": WRITTEN.encode(), "big.py": b"x = 1\n" * MAX_CHARACTERS})
    assert "characters of code" in found["big.py"]["unreadable"]
    assert found["lab1.py"]["definitions"]
    many = {f"f{number}.py": b"x = 1\n" * 20_000 for number in range(6)} | {"lab1.py": WRITTEN.encode()}
    found = survey(many)
    assert found["lab1.py"]["definitions"]
    assert found["f5.py"]["unreadable"] == "not read: the submission has too much code"


def test_the_reply_always_fits_in_a_frame():
    hostile = {f"{number}.py": "\U0001f600é\x01".encode() * 90_000 for number in range(10)}
    hostile |= {f"n{number}.ipynb": notebook(*["x = ("] * 3000) for number in range(5)}
    hostile["names.py"] = "\n".join(f"def soft_threshol{number}(): pass" for number in range(10_000)).encode()
    started = time.monotonic()
    header, _ = encode(survey(hostile), strict=True)
    assert len(header) < 1 << 20
    assert time.monotonic() - started < 30


@given(st.dictionaries(st.sampled_from(["lab1.py", "a.ipynb"]), st.binary(max_size=300)))
@settings(max_examples=200, deadline=None)
def test_no_bytes_raise(files):
    replies = survey(files)
    assert set(files) <= set(replies)
    encode(replies, strict=True)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("code"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["cells", "worksheets", "cell_type", "source", "input"]), inner)
    ),
    max_leaves=20,
)


@given(_JSON)
@settings(max_examples=200, deadline=None)
def test_no_json_raises(book):
    survey({"a.ipynb": json.dumps(book).encode()})
