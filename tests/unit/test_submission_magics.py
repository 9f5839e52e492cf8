"""Commands of IPython leave the code, and nothing else does."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.worker.survey_magics import split_written_file, strip_magics


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("%matplotlib inline", "pass"),
        ("!pip install x", "pass"),
        ("!!ls", "pass"),
        ("y = !ls", "y = []"),
        ("y = %timeit -o f()", "y = None"),
        ("y = %time f(3)", "y = f(3)"),
        ("%time y = f(3)", "y = f(3)"),
        ("a.b[0] = !ls", "a.b[0] = []"),
        ("np.argsort?", "pass"),
        ("np.argsort??", "pass"),
        ("?np.argsort", "pass"),
        ("??f", "pass"),
        ("%timeit?", "pass"),
        ("pip install torch", "pass"),
        ("cd /content/drive", "pass"),
        ("ls -la", "pass"),
        ("if x:\n    %cd a\nelse:\n\t!ls\ny = 1", "if x:\n    pass\nelse:\n\tpass\ny = 1"),
        ("!pip install a \\\n  b 'c\nx = 1", "pass\n\nx = 1"),
        ("!echo don't\nx = 1", "pass\nx = 1"),
        ("!echo (\nx = 1", "pass\nx = 1"),
        ("%%time\nx = 1", "\nx = 1"),
        ("\n\n%%capture out\n%%time\nx = 1", "\n\n\n\nx = 1"),
        ("%%timeit -n 3\nx = 1", "\nx = 1"),
        ("%%bash\nrm -r x\nls", "\n\n"),
        ("%%html\n<b>", "\n"),
        ("%%unknown\nx", "\n"),
        ("x = 1\n%%time\ny = 2", "x = 1\npass\ny = 2"),
        ("# a \\\n%matplotlib inline", "# a \\\npass"),
        ("get_ipython().run_line_magic('matplotlib', 'inline')", "pass"),
        ("files = get_ipython().getoutput('ls')", "files = {}"),
        ("uploaded = files.upload()", "uploaded = {}"),
        ("drive.mount(\n  '/content'\n)\nx = 1", "pass\n\n\nx = 1"),
        ("from google.colab import (\n  drive, files)\nx", "pass\n\nx"),
    ],
)
def test_a_command_leaves_the_cell_and_every_line_stays_where_it_is(cell, expected):
    assert strip_magics(cell) == expected
    assert expected.count("\n") == cell.count("\n")


@pytest.mark.parametrize(
    "cell",
    [
        "x = 7 % 4",
        "x = (7\n% 4)",
        "x = 7 \\\n% 4",
        "s = '''\n%time\n!ls\nhelp?\n'''",
        's = """a\n%%bash\n""" % 3',
        "s = 'a\\\n%d' % 3",
        "f(a,\n  '!x',\n  b)",
        "x != 3",
        "y = x != 3",
        "y = '!ls'",
        "y = '%d' % 3",
        "print('why?')",
        "# what?",
        "x = 1  # why?",
        "x %= 3",
        "d = {'a': 1,\n     'b': '%'}",
        "f'{x!r}'",
        "cd = 3",
        "ls.sort()",
        "git = 4\nprint(git)",
        "rm is None",
        "f(x=3) % 2",
        "'''don't''' ; x = \"it's\"",
        "r'\\' ; x",
        "files = [1]",
        "",
        "\n\n",
    ],
)
def test_python_stays_as_it_is(cell):
    assert strip_magics(cell) == cell


def test_a_written_file_is_told_from_other_magics():
    assert split_written_file("%%writefile a b.py\nx") == ("a b.py", "\nx")
    assert split_written_file("%%writefile -a 'FP_layers.py'\nx") == ("FP_layers.py", "\nx")
    assert split_written_file("%%file a.py\nx") == ("a.py", "\nx")
    assert split_written_file("%%bash\nx") is None


_PIECES = ["%time f()", "!ls", "x?", "(", ")", "'", '"""', "'''", "\\", "#", "x = ", " ", "\n", "%%bash", "y"]


@given(st.lists(st.sampled_from(_PIECES), max_size=30).map("".join))
def test_the_number_of_lines_never_changes(cell):
    assert strip_magics(cell).count("\n") == cell.count("\n")


@given(
    st.lists(st.sampled_from(["x = 1\n", "'''a\n%b'''\n", "f(1,\n  2)\n", "if x:\n    y = 5 % 3\n", "# ?\n"]))
)
def test_whole_programs_without_commands_stay_as_they_are(statements):
    program = "".join(statements)
    ast.parse(program)
    assert strip_magics(program) == program
