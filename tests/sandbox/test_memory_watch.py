"""Memory that the kernel does not bound is bounded from outside."""

import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

from grader.sandbox.accelerators import NoAcceleratorError
from grader.sandbox.memory_watch import (
    OF_THE_GPU,
    OF_THE_MACHINE,
    Measure,
    MemoryWatch,
    count_resident,
    measure_device,
    measure_resident,
)

TAKES = """
import sys, time
sys.stdin.read(1)
kept = bytearray({} << 20)
print("kept", flush=True)
time.sleep(30)
"""


@pytest.fixture
def start():
    """Start processes that take so many MiB when they are told to."""
    started = []

    def go(mebibytes):
        process = subprocess.Popen(
            [sys.executable, "-c", TAKES.format(mebibytes)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        started.append(process)
        time.sleep(0.3)
        return process

    yield go
    for process in started:
        process.kill()
        process.communicate()


def watch(process, *measures):
    """Watch a process."""
    made = MemoryWatch(list(measures), process.kill)
    made.start()
    return made


def test_a_process_that_takes_too_much_is_ended(start):
    """What it had before does not count; what it takes does."""
    process = start(200)
    watching = watch(process, measure_resident(process.pid, 100 << 20))
    process.stdin.write(b"x")
    process.stdin.flush()
    assert process.wait(10) == -9
    watching.stop()
    assert watching.exceeded.name == OF_THE_MACHINE
    assert watching.exceeded.allowed_bytes == 100 << 20


def test_a_process_within_its_bound_is_left_alone(start):
    """Looking costs it nothing."""
    process = start(50)
    watching = watch(process, measure_resident(process.pid, 100 << 20))
    process.stdin.write(b"x")
    process.stdin.flush()
    assert process.stdout.readline() == b"kept\n"
    time.sleep(0.3)
    watching.stop()
    assert process.poll() is None
    assert watching.exceeded is None
    assert count_resident(process.pid) > 50 << 20


def test_a_process_that_ends_is_no_finding(start):
    """The watch ends with it."""
    process = start(1)
    watching = watch(process, measure_resident(process.pid, 100 << 20))
    process.kill()
    process.wait()
    time.sleep(0.3)
    watching.stop()
    assert (watching.exceeded, watching.blind) == (None, "")


def test_a_process_that_cannot_be_seen_any_more_is_ended(start):
    """What is not seen is not bounded."""

    def fail():
        raise NoAcceleratorError("the NVIDIA driver does not answer")

    process = start(1)
    watching = watch(process, Measure(OF_THE_GPU, fail, 1, 1))
    assert process.wait(10) == -9
    watching.stop()
    assert watching.blind == "its memory of the GPU cannot be seen: the NVIDIA driver does not answer"


@pytest.mark.parametrize(("own", "counted"), [(700, 700), (None, 500)])
def test_memory_of_a_device_is_the_process_s_own_where_the_driver_tells(own, counted):
    """Else it is the growth of the whole device, which nobody else of ours uses meanwhile."""
    used = iter([1000, 1500])
    library = SimpleNamespace(count_used=lambda _: next(used), count_used_by=lambda *_: own)
    assert measure_device(library, "GPU-1", 7, 600).read() == counted
