"""Nothing outlives a session, and many sessions leave nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from grader.errors import StaffError
from grader.sandbox import Sandbox
from grader.sandbox.faults import Missing, TimedOut

WITH_SUPERVISOR = os.geteuid() != 0  # root's warm process is itself the parent of its workers
OF_ONE = OF_THE_SPARE = 1 + WITH_SUPERVISOR  # one worker always waits for the next session
SLEEPER = "import time\ndef f(): time.sleep(60)\ndef g(): return 1"


def descendants(process: int) -> list[int]:
    """Every living process under one, from the kernel's own list."""
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except FileNotFoundError:
        return []
    return [found for child in map(int, children) for found in (child, *descendants(child))]


def is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def count_files(process: int) -> int:
    return len(list(Path(f"/proc/{process}/fd").iterdir()))


def wait_until(condition, seconds: float = 30.0) -> bool:
    end = time.monotonic() + seconds
    while not (held := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return held


def test_a_closed_session_leaves_no_process(sandbox, open_source):
    """Neither a worker nor its supervisor, also when it was busy."""
    warm = sandbox._warm.process_id
    with open_source(SLEEPER) as session:
        assert wait_until(lambda: len(descendants(warm)) == OF_ONE + OF_THE_SPARE)
        with pytest.raises(TimedOut):
            session.call("f")
        assert wait_until(lambda: len(descendants(warm)) == OF_THE_SPARE)
    with open_source(SLEEPER):
        assert wait_until(lambda: len(descendants(warm)) == OF_ONE + OF_THE_SPARE)
    assert wait_until(lambda: len(descendants(warm)) == OF_THE_SPARE)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["SIGKILL", "exit without closing"])
def test_a_grader_that_ends_leaves_no_process(how):
    """The warm process, supervisors and busy workers all end with it."""
    code = f"""
import os, sys, threading, time
from grader.sandbox import Sandbox
sandbox = Sandbox.start()
assembly = {{"units": [{{"file": "a.py", "module": "a", "cells": [{SLEEPER!r}]}}], "provides": {{"f": "a"}}}}
sessions = [sandbox.open_session(assembly) for _ in range(2)]
threading.Thread(target=sessions[0].call, args=("f",), daemon=True).start()
time.sleep(0.3)
print(sandbox._warm.process_id, flush=True)
sys.stdin.read()
os._exit(0)
"""
    grader = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with grader:
        warm = int(grader.stdout.readline())
        family = [warm, *descendants(warm)]
        assert len(family) == 1 + 2 * OF_ONE + OF_THE_SPARE
        if how == "exit without closing":
            grader.stdin.close()
        else:
            grader.send_signal(signal.SIGKILL)
        grader.wait()
        assert wait_until(lambda: not any(map(is_alive, family)))


@pytest.fixture(scope="module")
def own_sandbox():
    """A sandbox that a thread started which is gone, for these tests alone."""
    started = []
    thread = threading.Thread(target=lambda: started.append(Sandbox.start()))
    thread.start()
    thread.join()
    with started[0] as sandbox:
        yield sandbox


@pytest.mark.slow
def test_a_sandbox_outlives_the_thread_that_started_it(own_sandbox, assemble):
    """The kernel's signal at a parent's death is about threads; we do not rely on it here."""
    time.sleep(0.3)
    with own_sandbox.open_session(assemble(("a.py", SLEEPER), provides=("g",))) as session:
        assert session.call("g") == 1


@pytest.mark.slow
def test_a_worker_stays_below_600_megabytes(own_sandbox, assemble):
    """Even when it uses all that it may; torchvision and optimizers were not asked for."""
    source = """
        def f():
            hoard = []
            try:
                while True: hoard.append(bytearray(1 << 20))
            except MemoryError:
                return len(hoard)
    """
    with own_sandbox.open_session(assemble(("a.py", source))) as session:
        assert session.call("f") > 100
    assert session.ending.peak_bytes < 600e6


@pytest.mark.slow
def test_several_sandboxes_live_side_by_side(own_sandbox, sandbox, assemble):
    """Each has its own warm process; a bomb of threads in one does not starve another."""
    bomb = """
        import threading, time
        def f():
            try:
                while True: threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
            except Exception:
                return 1
    """
    with own_sandbox.open_session(assemble(("a.py", bomb))) as session:
        assert session.call("f") == 1
        worker = """
            import threading
            def f():
                thread = threading.Thread(target=int)
                thread.start()
                thread.join()
                return 2
        """
        with sandbox.open_session(assemble(("a.py", worker))) as second:
            assert second.call("f") == 2


@pytest.mark.slow
def test_a_warm_process_that_is_killed_takes_its_workers_along(assemble):
    """The session reports; opening another is an error of ours."""
    with Sandbox.start() as sandbox:
        warm = sandbox._warm.process_id
        session = sandbox.open_session(assemble(("a.py", SLEEPER), provides=("g",)))
        family = descendants(warm)
        os.kill(warm, signal.SIGKILL)
        assert wait_until(lambda: not any(map(is_alive, family)))
        with pytest.raises(Exception, match="g "):
            session.call("g")
        session.close()
        with pytest.raises(StaffError, match="warm process"):
            sandbox.open_session(assemble(("a.py", SLEEPER)))


def test_a_spare_worker_that_dies_is_replaced(sandbox, assemble):
    """Its end is nobody's fault."""
    warm = sandbox._warm.process_id
    assembly = assemble(("a.py", SLEEPER), provides=("g",))
    assert wait_until(lambda: len(descendants(warm)) == OF_THE_SPARE)
    os.kill(descendants(warm)[-1], signal.SIGKILL)
    assert wait_until(lambda: not descendants(warm))
    with sandbox.open_session(assembly) as session:
        assert session.call("g") == 1


def test_what_calls_take_and_give_is_let_go(open_source):
    """Ten times a worker's memory passes through it."""
    import numpy as np

    array = np.zeros(256 << 10)
    with open_source("def f(x): return x") as session:
        for _ in range(1200):
            assert session.call("f", array).shape == array.shape


def measure_at_rest(process):
    """Count open files and resident bytes of a process that may still be closing files or moving memory."""
    seen = []
    while len(seen) < 10 or len(set(seen[-10:])) > 1:
        time.sleep(0.1)
        resident = int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        seen.append((count_files(process), resident))
        assert len(seen) < 300
    return seen[-1]


@pytest.mark.slow
def test_a_hundred_sessions_leave_no_files_processes_or_memory(sandbox, assemble):
    """Open files here, processes there, resident memory of the warm process."""
    warm = sandbox._warm.process_id
    assembly = assemble(("a.py", SLEEPER), provides=("g",))

    def run(count):
        for _ in range(count):
            with sandbox.open_session(assembly) as session:
                assert session.call("g") == 1

    def measure():
        assert wait_until(lambda: len(descendants(warm)) == OF_THE_SPARE)
        return count_files(os.getpid()), *measure_at_rest(warm)

    run(3)
    files, warm_files, resident = measure()
    run(100)
    files_after, warm_files_after, resident_after = measure()
    assert (files_after, warm_files_after) == (files, warm_files)
    assert resident_after - resident < 2 << 20


def test_a_session_that_never_loads_leaves_nothing(sandbox, assemble):
    """A fault while loading closes everything too."""
    before = count_files(os.getpid())
    for _ in range(5):
        with pytest.raises(Exception, match="loading"):
            sandbox.open_session(assemble(("a.py", "import os; os._exit(1)")))
    assert count_files(os.getpid()) == before


def test_sessions_of_several_threads_do_not_mix(sandbox, assemble):
    """Eight threads open, call and close at once."""
    wrong = []

    def work(number):
        for _ in range(5):
            with sandbox.open_session(assemble(("a.py", f"def f(x): return x, {number}"))) as session:
                wrong.extend(value for value in range(5) if session.call("f", value) != (value, number))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_reader_runs_probes_and_no_student_code(sandbox):
    """It has no functions."""
    with sandbox.open_reader() as reader:
        with pytest.raises(Missing):
            reader.probe("call_many", function="gd_step", calls=[])
        with pytest.raises(StaffError, match="there is no probe 'unknown', expected one of"):
            reader.probe("unknown")
