"""Loading takes what students hand in: notebooks, one file, several, broken ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.sandbox.faults import Died, Missing, NotImplementedYet, Raised, TimedOut

HANDOUT = (Path(__file__).resolve().parents[2] / "student" / "FP_layers.py").read_text()
SOLUTION = (Path(__file__).resolve().parents[2] / "reference" / "FP_layers.py").read_text()
STE = """
import torch
class STE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, w, bit): return w * 0 + 7
    @staticmethod
    def backward(ctx, g): return g, None
"""


def test_a_module_is_run_and_its_functions_are_reported(sandbox, assemble):
    """Which are there, which are not, and no error."""
    with sandbox.open_session(assemble(("lab1.py", "def f(): return 1"), provides=("f", "g"))) as session:
        assert session.load.functions == {"f": True, "g": False}
        assert session.load.errors == ()
        assert 0 < session.load.seconds < 6


def test_an_error_ends_a_module_but_keeps_what_came_before(open_source):
    """A missing package, with its line."""
    with open_source("def f(): return 1\nimport a_missing_package\ndef g(): return 2") as session:
        (error,) = session.load.errors
        assert (error.file, error.line, error.cell, error.type_name) == (
            "lab1.py",
            2,
            None,
            "ModuleNotFoundError",
        )
        assert "a_missing_package" in error.message
        assert session.call("f") == 1


def test_an_error_ends_a_cell_and_the_next_ones_run(sandbox, assemble):
    """A notebook of Colab: the failing cells are named, the names stay."""
    cells = [
        "from google.colab import drive\nx = 1",
        "y = 2\nz = undefined",
        "def f(): return y",
        "def f(: pass",
        "exit_code = 1\nimport sys; sys.exit(3)",
    ]
    with sandbox.open_session(assemble(("hw4.ipynb", cells))) as session:
        assert session.call("f") == 2
        found = [(error.file, error.cell, error.line, error.type_name) for error in session.load.errors]
        assert found == [
            ("hw4.ipynb", 1, 1, "ModuleNotFoundError"),
            ("hw4.ipynb", 2, 2, "NameError"),
            ("hw4.ipynb", 4, 1, "SyntaxError"),
            ("hw4.ipynb", 5, 2, "SystemExit"),
        ]


def test_an_error_in_a_notebooks_function_names_its_cell(sandbox, assemble):
    """The cell and the line in it."""
    with sandbox.open_session(assemble(("hw4.ipynb", ["a = 1", "def f():\n    return 1 / 0"]))) as session:
        with pytest.raises(Raised) as caught:
            session.call("f")
        assert (caught.value.file, caught.value.cell, caught.value.line) == ("hw4.ipynb", 2, 2)
        assert caught.value.summary.endswith("(hw4.ipynb, code cell 2, line 2)")


def test_what_notebooks_do_on_the_side_is_harmless(sandbox, assemble):
    """Plots, displays, magics of exported scripts, input, ``__main__``."""
    cells = [
        "get_ipython().run_line_magic('matplotlib', 'inline')\nget_ipython().system('pip install x')",
        "import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.savefig('/x/y.png'); plt.show()",
        "fig, ax = plt.subplots(); ax.semilogy([1, 2]); plt.tight_layout(); fig.savefig('a.pdf')",
        "display(fig); plt.close('all')",
        "if __name__ == '__main__':\n    raise RuntimeError('a script')",
        "try:\n    input('?')\nexcept EOFError:\n    asked = True",
        "def f(): return asked, __name__",
    ]
    with sandbox.open_session(assemble(("hw4.ipynb", cells))) as session:
        assert session.load.errors == ()
        assert session.call("f") == (True, "hw4")


def test_files_import_each_other_once(sandbox, assemble):
    """By module name, in whatever order."""
    first = "import second\nprint('first')\ndef f(): return second.value + g()\nfrom second import g"
    second = "print('second')\nvalue = 1\ndef g(): return 10"
    with sandbox.open_session(assemble(("first.py", first), ("second.py", second))) as session:
        assert session.call("f") == 11
        assert session.output.split() == ["second", "first"]


def test_circular_imports_behave_as_ever(sandbox, assemble):
    """A half-made module is what the other one sees."""
    with sandbox.open_session(
        assemble(
            ("a.py", "import b\ndef f(): return b.g()"), ("b.py", "import a\ndef g(): return a.f.__name__")
        )
    ) as session:
        assert session.load.errors == ()
        assert session.call("f") == "f"


@pytest.mark.parametrize(
    "file", ["types.py", "random.py", "numpy.py", "grader.py", "my file (2).py", "v1.2.py"]
)
def test_a_file_of_any_name_is_run_and_takes_nobodys_place(sandbox, assemble, file):
    """The library keeps its name."""
    source = """
        import numpy, random, types
        def f(): return hasattr(types, "ModuleType"), hasattr(random, "Random"), numpy.ones(1).sum()
    """
    with sandbox.open_session(assemble((file, source))) as session:
        assert session.load.errors == ()
        assert session.call("f") == (True, True, 1.0)


def test_the_given_code_has_both_of_its_names(open_source):
    """The same modules, loaded before; the student's own stubs are not among them."""
    source = """
import given.problem, student.given.problem
from given import trajectories
def f():
    same = given.problem is student.given.problem
    try:
        __import__("student.lab1")
    except ImportError:
        return same, given.problem.load_assignment().lab1.X.shape
"""
    with open_source(source) as session:
        assert session.load.errors == ()
        assert session.call("f") == (True, (3, 5))


def test_a_traceback_in_the_output_shows_the_students_line(open_source):
    """Sources are known to the traceback machinery and to ``inspect``."""
    source = """
import inspect, traceback
def f():
    try:
        1 / 0  # here
    except ZeroDivisionError:
        traceback.print_exc()
    return inspect.getsource(f)
"""
    with open_source(source) as session:
        assert session.call("f").startswith("def f():\n    try:")
        assert "1 / 0  # here" in session.output


@pytest.mark.slow
def test_a_cell_without_end_does_not_take_the_others_down(sandbox, assemble):
    """It is interrupted, also when it swallows exceptions, and named."""
    cells = [
        "while True: pass",
        "import time\nwhile True:\n    try:\n        time.sleep(9)\n    except Exception:\n        pass",
        "def f(): return 1",
    ]
    with sandbox.open_session(assemble(("hw4.ipynb", cells))) as session:
        assert session.call("f") == 1
        assert [(error.cell, error.type_name) for error in session.load.errors] == [
            (1, "InterruptedCellError"),
            (2, "InterruptedCellError"),
        ]
        assert "stopped after" in session.load.errors[0].message


@pytest.mark.slow
def test_a_file_that_cannot_be_interrupted_is_a_fault_of_loading(open_source):
    """No session; the fault has no function and says what was going on."""
    with pytest.raises(TimedOut) as caught:
        open_source(
            "import signal, time\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\ntime.sleep(99)"
        )
    assert caught.value.function is None
    assert caught.value.summary == "loading the submission did not end within 6 s"


def test_a_file_that_exits_is_a_fault_of_loading(open_source):
    """``os._exit`` at the top level."""
    with pytest.raises(Died) as caught:
        open_source("import os; os._exit(0)")
    assert "loading the submission" in caught.value.summary


@pytest.mark.parametrize(
    "source",
    [
        "x = '\\0'",
        "\0",
        "(" * 5000,
        "# -*- coding: nothing -*-",
        "x = " + "1 + " * 20000 + "1",
        "\ufeffx = 1",
        "",
    ],
)
def test_sources_that_cannot_be_compiled_are_load_errors_at_most(open_source, source):
    """The worker survives its own compiler."""
    with open_source(source) as session, pytest.raises(Missing):
        session.call("f")


def test_a_notebooks_ste_quantizes_in_the_handouts_layers(sandbox, assemble):
    """The student defines STE only; FP_Conv comes from the handout and uses it."""
    probe = """
        import torch
        from FP_layers import FP_Linear
        def f(): return FP_Linear(2, 1, Nbits=4, bias=False)(torch.ones(1, 2))
    """
    provides = {"STE": "hw4", "f": "probe", "avg_precision": "FP_layers"}
    assembly = assemble(
        ("hw4.ipynb", [STE, "a = 1"]), ("FP_layers.py", HANDOUT), ("probe.py", probe), provides=provides
    )
    with sandbox.open_session(assembly) as session:
        assert session.call("f").item() == 14.0


@pytest.mark.parametrize("style", ["import", "copy"])
def test_avg_precision_knows_the_layers_it_is_given(sandbox, assemble, style):
    """``isinstance`` holds whichever file the classes came from."""
    average = """
def avg_precision(net):
    return [isinstance(m, (FP_Conv, FP_Linear)) and hasattr(m, "Nbits") for m in net.modules()]
"""
    student = ("from FP_layers import *\n" if style == "import" else SOLUTION) + "\n" + average
    provides = {"avg_precision": "hw4", "STE": "hw4"}
    assembly = assemble(("hw4.py", student), ("FP_layers.py", HANDOUT), provides=provides)
    with sandbox.open_session(assembly) as session:
        network = {"layers": [["conv", 1, 1, 1, 4, False], ["linear", 1, 1, 4, False]]}
        (found,) = session.probe("average_precision", function="avg_precision", networks=[network])
        assert sum(found) == 2


def test_ste_is_applied_and_its_methods_are_called(sandbox, assemble):
    """The handout's stub is a stub through autograd too."""
    import torch

    with sandbox.open_session(assemble(("FP_layers.py", HANDOUT), provides=("STE",))) as session:
        with pytest.raises(NotImplementedYet):
            session.call("STE", torch.ones(2), 4)
        gradient = session.call("STE.backward", None, torch.ones(2))
        assert torch.equal(gradient[0], torch.ones(2))
    with sandbox.open_session(assemble(("FP_layers.py", SOLUTION), provides=("STE",))) as session:
        assert session.call("STE", torch.tensor([0.0, 1.0]), None).tolist() == [0.0, 1.0]


def test_workers_use_one_thread_and_draw_the_same_numbers(open_source):
    """Nothing differs from worker to worker."""
    source = """
        import random
        import numpy as np
        import torch
        def f(): return torch.get_num_threads(), np.random.rand(), random.random(), torch.rand(1).item()
    """
    seen = set()
    for _ in range(2):
        with open_source(source) as session:
            seen.add(session.call("f"))
    assert len(seen) == 1
    assert seen.pop()[0] == 1


def test_torch_trains_in_a_worker(open_source):
    """Convolutions, autograd and an optimizer work after the fork."""
    source = """
import torch
def f():
    nn = torch.nn
    net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Flatten(), nn.LazyLinear(10))
    images, labels = torch.randn(16, 3, 16, 16), torch.zeros(16, dtype=torch.long)
    net(images)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    losses = []
    for _ in range(5):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(net(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses[-1] < losses[0], torch.cuda.is_available()
"""
    with open_source(source) as session:
        assert session.load.errors == ()
        assert session.call("f") == (True, False)
