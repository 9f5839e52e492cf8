"""Each way a student's function can fail is told apart, in words, with the function's name."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pytest

from grader.errors import StaffError
from grader.sandbox import Limits, Sandbox
from grader.sandbox.confinement.private_root import SCRATCH
from grader.sandbox.confinement.readable import installation_folders
from grader.sandbox.faults import (
    Died,
    Missing,
    NotImplementedYet,
    OutOfMemory,
    OutputFlood,
    Raised,
    ReplyRefused,
    TimedOut,
)


def fail(open_source, source, *arguments):
    """The fault of calling ``f``, and whether the session is closed after it."""
    with open_source(source) as session:
        with pytest.raises(Exception) as caught:
            session.call("f", *arguments)
        return caught.value, session.closed


def test_a_stub_is_not_implemented_yet(open_source):
    """The handout's stub is told from an error."""
    fault, closed = fail(open_source, "def f():\n    raise NotImplementedError('Lab 1(c)')")
    assert isinstance(fault, NotImplementedYet)
    assert fault.summary == "f is not implemented yet"
    assert not closed


def test_an_operation_that_torch_lacks_is_no_stub(open_source):
    """PyTorch raises NotImplementedError for its own gaps."""
    source = "import torch\ndef f():\n    return torch.ones(2).to_sparse().to_mkldnn()"
    fault, _ = fail(open_source, source)
    assert isinstance(fault, Raised)


def test_a_function_that_is_not_there_is_missing(open_source):
    """The submission does not define it."""
    fault, closed = fail(open_source, "g = 1")
    assert isinstance(fault, Missing)
    assert fault.function == "f"
    assert not closed


def test_an_exception_carries_its_class_message_and_line(open_source):
    """The innermost line of the student's code counts, also for an error inside NumPy."""
    source = "import numpy as np\ndef f():\n    return g()\ndef g():\n    return np.ones(2) @ np.ones(3)"
    fault, closed = fail(open_source, source)
    assert isinstance(fault, Raised)
    assert (fault.type_name, fault.file, fault.line, fault.cell) == ("ValueError", "lab1.py", 5, None)
    assert "matmul" in fault.message
    assert fault.summary.startswith("f raised ValueError: matmul")
    assert fault.summary.endswith("(lab1.py, line 5)")
    assert not closed


def test_a_wrong_number_of_arguments_is_the_functions_fault(open_source):
    """No line of the student's code was reached."""
    fault, _ = fail(open_source, "def f(a): return a", 1, 2)
    assert (fault.type_name, fault.line) == ("TypeError", None)


@pytest.mark.parametrize(
    "base", ["SystemExit", "KeyboardInterrupt", "BaseException", "GeneratorExit", "StopIteration"]
)
def test_exceptions_that_are_no_errors_are_raised_like_others(open_source, base):
    """``sys.exit()`` in a function does not end the worker."""
    fault, closed = fail(open_source, f"def f():\n    raise {base}('bye')")
    assert (fault.type_name, fault.message, fault.line) == (base, "bye", 2)
    assert not closed


def test_a_message_is_cut_and_cleaned(open_source):
    """No control character reaches a report."""
    fault, _ = fail(
        open_source, "def f():\n    raise ValueError('\\x1b[31mred\\x00\\u202e\\n' + 'x' * 10000)"
    )
    assert fault.message.startswith("[31mred x")
    assert len(fault.message) <= 300


def test_an_exception_whose_text_raises_is_described_all_the_same(open_source):
    """A hostile ``__str__`` takes nothing down."""
    source = "class E(Exception):\n    def __str__(self): raise SystemExit\ndef f():\n    raise E"
    fault, _ = fail(open_source, source)
    assert (fault.type_name, fault.message, fault.line) == ("E", "(its message cannot be shown)", 4)


@pytest.mark.parametrize(
    ("body", "how"),
    [
        ("os._exit(0)", "it exited with status 0"),
        ("os._exit(3)", "it exited with status 3"),
        ("os.abort()", "abort"),
        ("ctypes.string_at(0)", "segmentation fault"),
        ("os.closerange(0, 99); time.sleep(9)", "it closed the connection to the grader"),
    ],
)
def test_the_end_of_a_worker_is_told_in_words(open_source, body, how):
    """An exit, an abort and a crash differ."""
    fault, closed = fail(open_source, f"import ctypes, os, time\ndef f():\n    {body}")
    assert isinstance(fault, Died)
    assert (fault.how, fault.function) == (how, "f")
    assert closed


def test_an_exception_whose_text_exits_ends_the_worker(open_source):
    """The function is named all the same."""
    source = "import os\nclass E(Exception):\n    def __str__(self): os._exit(0)\ndef f():\n    raise E"
    fault, _ = fail(open_source, source)
    assert isinstance(fault, Died)


@pytest.mark.parametrize(
    "body",
    [
        "time.sleep(99)",
        "while True: pass",
        "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65)); time.sleep(99)",
        "re.match('(a+)+$', 'a' * 60 + 'b')",
    ],
)
@pytest.mark.slow
def test_a_hang_is_timed_out(open_source, body):
    """Also one that ignores signals or never returns to the interpreter."""
    fault, closed = fail(open_source, f"import re, signal, time\ndef f():\n    {body}")
    assert isinstance(fault, TimedOut)
    assert fault.summary == "f did not end within 3 s"
    assert closed


def call_often(session, times):
    for _ in range(times):
        session.call("f")


@pytest.mark.slow
def test_processor_time_counts_over_all_calls(open_source):
    """Four seconds for the whole session, in a namespace whose first process ignores SIGXCPU."""
    source = """
import time
def f():
    end = time.process_time() + 0.5
    while time.process_time() < end: pass
"""
    with open_source(source) as session, pytest.raises(TimedOut) as caught:
        call_often(session, 20)
    assert caught.value.seconds == 4


@pytest.mark.parametrize(
    "body",
    [
        "bytearray(1 << 30)",
        "np.ones(1 << 28)",
        "torch.ones(1 << 28)",
        "[bytearray(1 << 20) for _ in range(999)]",
        "mmap.mmap(-1, 1 << 30)",
    ],
)
def test_too_much_memory_is_named_as_such(open_source, body):
    """The limit is in the sentence, and the session goes on."""
    fault, closed = fail(open_source, f"import mmap, numpy as np, torch\ndef f():\n    {body}")
    assert isinstance(fault, OutOfMemory)
    assert "224 MiB" in fault.summary
    assert not closed


def test_an_argument_beyond_a_workers_memory_is_out_of_memory(open_source):
    """There is no way back from the middle of a frame."""
    fault, closed = fail(open_source, "def f(x): return 1", np.zeros(40 << 20))
    assert isinstance(fault, OutOfMemory)
    assert closed


def test_deep_recursion_is_an_error_or_a_crash(open_source):
    """Python's own limit, and the stack's."""
    fault, _ = fail(open_source, "def f(): return f()")
    assert fault.type_name == "RecursionError"
    fault, _ = fail(
        open_source,
        """
import sys
sys.setrecursionlimit(10**8)
class A:
    def __repr__(self): return repr([self])
def f(): return repr(A())
""",
    )
    # Python 3.12 and 3.13 stop even this one by themselves.
    assert isinstance(fault, Died | OutOfMemory) or fault.type_name == "RecursionError"


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_flood_of_output_is_named_as_such(open_source, stream):
    """Printing without end neither blocks nor fills memory."""
    fault, closed = fail(
        open_source, f"import sys\ndef f():\n    while True: print('x' * 9999, file=sys.{stream})"
    )
    assert isinstance(fault, OutputFlood)
    assert closed


def test_output_below_the_limit_is_kept_and_cleaned(open_source):
    """Prints of loading and calls, standard output and error."""
    with open_source(
        "import sys\nprint('loading')\ndef f():\n    print('\\x1b[1mcalled'); sys.stderr.write('warned')"
    ) as session:
        session.call("f")
        assert session.output == "loading\n[1mcalled\nwarned"


def test_printing_much_at_once_does_not_block_a_reply(open_source):
    """More than a pipe holds, less than a flood."""
    with open_source("def f():\n    print('x' * 90_000); return 1") as session:
        assert session.call("f") == 1
        assert len(session.output) == 90_001


def test_a_bomb_of_threads_stays_bounded(open_source):
    """The kernel refuses more threads than the limit."""
    source = """
import threading, time
def f():
    count = 0
    try:
        for count in range(5000):
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    except (RuntimeError, MemoryError):
        pass
    return count
"""
    with open_source(source) as session:
        assert session.call("f") <= Limits().processes


@pytest.mark.parametrize(
    "body", ["os.fork()", "subprocess.Popen(['true'])", "multiprocessing.Process(target=print).start()"]
)
def test_a_bomb_of_processes_does_not_start(open_source, body):
    """There is no second process."""
    fault, _ = fail(open_source, f"import multiprocessing, os, subprocess\ndef f():\n    while True: {body}")
    assert fault.type_name == "PermissionError"


def test_scratch_space_is_private_and_bounded(sandbox, open_source):
    """Temporary files work and end at the limit; the next worker finds nothing."""
    if "namespaces" not in sandbox.isolation.layers:
        pytest.skip("this machine gives workers no folder to write in")
    source = """
import errno, os, tempfile
def f():
    found = os.listdir(tempfile.gettempdir())
    try:
        for number in range(99):
            with open(f"{tempfile.gettempdir()}/{number}", "wb") as file:
                file.write(bytes(1 << 20))
    except OSError as error:
        return found, number, errno.errorcode[error.errno]
"""
    temporary = Path(SCRATCH)
    installed = {  # where Python itself stands in /tmp
        path.relative_to(temporary).parts[0]
        for path in map(Path, installation_folders())
        if path.is_relative_to(temporary)
    }
    for _ in range(2):
        with open_source(source) as session:
            found, number, reason = session.call("f")
            assert (set(found), reason) == (installed, "ENOSPC")
            assert number <= 4


def test_files_and_pipes_are_bounded(open_source):
    """The number of open files, the size of one."""
    source = "import os\ndef f(): return [os.pipe() for _ in range(999)]"
    fault, _ = fail(open_source, source)
    assert (fault.type_name, "Too many open files" in fault.message) == ("OSError", True)


def test_a_reply_that_is_too_large_is_refused(open_source):
    """Announced bytes are enough to refuse it."""
    fault, closed = fail(open_source, "import numpy as np\ndef f(): return np.zeros(1 << 20)")
    assert isinstance(fault, ReplyRefused)
    assert closed


def test_a_reply_with_too_many_parts_is_refused(open_source):
    """A million numbers in a list are no reply."""
    fault, closed = fail(open_source, "def f(): return [0] * 1_000_000")
    assert isinstance(fault, ReplyRefused)
    assert "parts" in fault.why
    assert closed


def test_values_that_cannot_be_sent_equal_nothing(open_source):
    """A subclass that lies about equality arrives as a marker."""
    source = """
import numpy as np
class Liar(np.ndarray):
    def __eq__(self, other): return True
class Always:
    def __eq__(self, other): return True
liar, masked = np.zeros(2).view(Liar), np.ma.masked_array([1.0])
def f(): return [liar, masked, Always(), np.array([object()]), np.matrix([[1]])]
"""
    with open_source(source) as session:
        for marker in session.call("f"):
            assert marker != np.zeros(2)
            assert not marker == marker  # noqa: PLR0124, SIM201
            assert type(marker).__name__ == "Opaque"


def test_arguments_are_copies(open_source):
    """A function that changes its input changes its own copy."""
    W = np.ones((5, 1))
    with open_source("def f(W):\n    W[:] = 0\n    return W") as session:
        assert not session.call("f", W).any()
        assert W.all()


def test_an_argument_that_cannot_be_sent_is_our_fault(open_source):
    """Not the student's."""
    with open_source("def f(x): return x") as session:
        with pytest.raises(StaffError, match="cannot be sent"):
            session.call("f", object())
        assert session.call("f", 1) == 1


def test_a_session_that_is_closed_says_why(open_source):
    """Asking on is our mistake, not the student's."""
    with open_source("import os\ndef f(): os._exit(1)") as session:
        with pytest.raises(Died):
            session.call("f")
        with pytest.raises(StaffError, match="status 1"):
            session.call("f")


@pytest.mark.slow
def test_weak_confinement_must_be_asked_for():
    """Below level B nothing starts, and the error says what is missing."""
    with pytest.raises(StaffError, match=r"level [CD] only.*expected level B") as caught:
        Sandbox.start(excluded=("namespaces", "landlock", "chroot"))
    assert "missing" in str(caught.value)


@pytest.mark.parametrize(("after", "kind"), [(4, StaffError), (3, OutOfMemory)])
def test_a_worker_that_the_kernel_killed_for_memory_is_our_fault(open_source, monkeypatch, after, kind):
    """The machine lacked memory, whoever used it; the code is to blame where the kernel counts no kill."""
    counts = iter((3, after))
    monkeypatch.setattr("grader.sandbox.session.count_memory_kills", lambda **_: next(counts))
    with open_source("def f(): return 1") as session:
        os.kill(session._process.find_id(), signal.SIGKILL)
        with pytest.raises(kind, match=r"\bf\b.* ran out of memory"):
            session.call("f")
        assert session.closed
