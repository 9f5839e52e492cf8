"""A worker that is given a device reaches this device, and nothing else that the others do not.

There need not be a GPU: a node that is made here stands for one.
"""

from __future__ import annotations

import os
import stat
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from grader.cli import cli
from grader.errors import StaffError, UsageError
from grader.sandbox import Sandbox, device_use, sandbox
from grader.sandbox.accelerators import Accelerator, NoAcceleratorError
from grader.sandbox.device_use import CUDA, DeviceUse, choose_accelerator
from grader.sandbox.faults import OutOfMemory
from grader.sandbox.limits import DEVICE, DEVICE_LIMITS, TRAINING, Limits
from grader.sandbox.self_test import run_self_test
from tests.bank.paths import SAMPLE

pytestmark = pytest.mark.slow
SECONDS, MEBIBYTE = 30.0, 1 << 20
SMALL = Limits(
    **{name: getattr(DEVICE_LIMITS, name) for name in DEVICE_LIMITS.__slots__}
    | {"memory_bytes": 200 * MEBIBYTE, "device_bytes": 100 * MEBIBYTE}
)
LOOKS = """
    import os, resource, threading
    import time

    def reads(path):
        try:
            return open(path, "rb").read(3) == bytes(3)
        except OSError as error:
            return type(error).__name__

    def limit():
        return resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY

    def visible():
        return os.environ["CUDA_VISIBLE_DEVICES"]

    def names_a_thread():
        stop = threading.Event()
        thread = threading.Thread(target=stop.wait)
        thread.start()
        try:
            with open(f"/proc/self/task/{thread.native_id}/comm", "w") as file:
                file.write("cuda-EvtHandlr")
            return open(f"/proc/self/task/{thread.native_id}/comm").read().strip()
        except OSError as error:
            return type(error).__name__
        finally:
            stop.set()

    def writes(path):
        try:
            open(path, "w").write("1")
        except OSError as error:
            return type(error).__name__
        return "written"

    def takes(bytes_wanted):
        kept = bytearray(bytes_wanted)
        time.sleep(2)
        return len(kept)

    def sleeps():
        time.sleep(2)
"""
FUNCTIONS = ("reads", "limit", "visible", "names_a_thread", "writes", "takes", "sleeps")


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    """Make a device node that reads as zeros, as /dev/nvidia0 would stand there."""
    path = tmp_path_factory.mktemp("dev") / "nvidia0"
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))
        path.chmod(0o666)
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        pytest.skip(f"no device node can be made here: {error}")
    for folder in path.parents:
        if folder.stat().st_uid == os.getuid() and str(folder).startswith("/tmp/"):
            folder.chmod(0o755)
    return str(path)


class Driver:
    """A driver that says of every process what it is told to say."""

    used = 0

    def count_used(self, _):  # noqa: D102
        return 0

    def count_used_by(self, *_):  # noqa: D102
        return type(self).used


@pytest.fixture(scope="module", params=[(), ("namespaces",)], ids=["namespaces", "landlock"])
def with_device(request, node):
    """A sandbox whose workers may be given the node, with and without a root folder of their own."""
    accelerator = Accelerator("GPU-fake", "a fake GPU", 1 << 30, (node,))
    with pytest.MonkeyPatch.context() as driver:
        driver.setattr(device_use, "DriverLibrary", Driver)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sandbox, "choose_accelerator", lambda _: (accelerator, ""))
            patch.setattr(sandbox, "DEVICE_LIMITS", SMALL)
            patch.setattr(sandbox, "try_device", lambda *_: DeviceUse(CUDA, "a fake GPU", "GPU-fake"))
            started = Sandbox.start(device="auto", excluded=request.param)
        with started:
            yield started


@pytest.fixture
def ask(with_device, assemble):
    """Call a function in a fresh worker of a kind."""

    def call(kind, function, *arguments):
        assembly = assemble(("lab1.py", LOOKS), provides=FUNCTIONS)
        with with_device.open_training_session(assembly, SECONDS, kind) as session:
            return session.call(function, *arguments)

    return call


def test_only_a_worker_with_the_device_reaches_its_node(ask, node, with_device, assemble):
    """Neither a worker for calls nor one that trains on the CPU finds it."""
    assert ask(DEVICE, "reads", node) is True
    assert ask(TRAINING, "reads", node) in {"FileNotFoundError", "PermissionError"}
    with with_device.open_session(assemble(("lab1.py", LOOKS), provides=FUNCTIONS)) as session:
        assert session.call("reads", node) in {"FileNotFoundError", "PermissionError"}


def test_only_a_worker_with_the_device_sees_it_in_cuda(ask):
    """The warm process sees none; the variable is set after the fork."""
    assert ask(DEVICE, "visible") == "GPU-fake"
    assert ask(TRAINING, "visible") == ""


def test_the_address_space_is_bounded_where_cuda_does_not_run(ask):
    """CUDA reserves more than any limit would allow."""
    assert ask(DEVICE, "limit") is True
    assert ask(TRAINING, "limit") is False


def test_threads_can_be_named_as_the_driver_does(ask):
    """Where they cannot, starting CUDA fails with error 304."""
    assert ask(DEVICE, "names_a_thread") == "cuda-EvtHandlr"
    assert ask(TRAINING, "names_a_thread") in {"PermissionError", "OSError"}


@pytest.mark.parametrize(
    "path", ["/proc/sys/vm/overcommit_memory", "/proc/sysrq-trigger", "/proc/self/oom_score_adj"]
)
def test_nothing_else_in_proc_can_be_written(ask, path):
    """Only the names of its own threads."""
    assert ask(DEVICE, "writes", path) in {"PermissionError", "FileNotFoundError", "OSError"}


def test_a_worker_with_the_device_gets_out_no_more_than_others(with_device):
    """The self-test, in a worker of this kind."""
    with with_device._open_device_reader(SMALL.memory_bytes) as reader:
        found = run_self_test(reader, SMALL, with_device._warm.process_id, bounds_memory=False)
    assert len(found) >= 9
    assert [name for name, held in found.items() if not held] == []


def test_resident_memory_is_bounded_by_the_grader(ask):
    """It is watched from outside, ended and told."""
    assert ask(DEVICE, "takes", 50 * MEBIBYTE) == 50 * MEBIBYTE
    with pytest.raises(OutOfMemory, match=r"takes ran out of memory \(a worker may use 200 MiB"):
        ask(DEVICE, "takes", 600 * MEBIBYTE)
    assert ask(DEVICE, "visible") == "GPU-fake"


def test_memory_of_the_gpu_is_bounded_by_the_grader(ask, monkeypatch):
    """The driver is asked, not the worker."""
    monkeypatch.setattr(Driver, "used", 101 * MEBIBYTE)
    with pytest.raises(OutOfMemory, match=r"sleeps ran out of memory of the GPU \(a worker may use 100 MiB"):
        ask(DEVICE, "sleeps")


def test_a_worker_that_cannot_be_watched_is_not_given_the_device(ask, monkeypatch):
    """What is not seen is not bounded."""

    def fail():
        raise NoAcceleratorError("the NVIDIA driver does not answer")

    monkeypatch.setattr(device_use, "DriverLibrary", fail)
    with pytest.raises(StaffError, match="cannot be bounded: its memory cannot be seen"):
        ask(DEVICE, "visible")


def test_a_device_that_does_not_compute_is_told_in_words(with_device, node):
    """The self-test is made in a real worker; where it fails, training is on the CPU."""
    accelerator = Accelerator("GPU-fake", "a fake GPU", 1 << 30, (node,))
    warm = with_device._warm.process_id
    found = device_use.try_device(accelerator, with_device._open_device_reader, SMALL, warm)
    assert not found.is_cuda
    assert found.reason.startswith("a worker cannot use a fake GPU: try_device raised")


def test_a_device_that_was_asked_for_and_does_not_compute_stops_the_grading(node, monkeypatch):
    """What was asked for by name is not replaced silently."""
    accelerator = Accelerator("GPU-fake", "a fake GPU", 1 << 30, (node,))
    monkeypatch.setattr(sandbox, "choose_accelerator", lambda _: (accelerator, ""))
    monkeypatch.setattr(device_use, "DriverLibrary", Driver)
    with pytest.raises(StaffError, match="--device cuda: a worker cannot use a fake GPU"):
        Sandbox.start(device="cuda")


def test_memory_that_is_not_bounded_fails_the_self_test(with_device):
    """A worker that takes four times what it may must be ended, as seen from here."""
    assert device_use._is_ended_for_memory(with_device._open_device_reader)
    assert not device_use._is_ended_for_memory(lambda _: with_device._open_device_reader(1 << 40))


def test_cuda_without_a_device_is_the_callers_to_mend(monkeypatch, tmp_path):
    """Exit status 2, the reason, and what to do; auto goes on with the CPU."""

    def find():
        raise NoAcceleratorError("this machine has no NVIDIA driver")

    monkeypatch.setattr(device_use, "find_accelerator", find)
    with pytest.raises(UsageError, match="--device cuda: this machine has no NVIDIA driver"):
        choose_accelerator("cuda")
    assert choose_accelerator("auto") == (None, "this machine has no NVIDIA driver")
    arguments = ["grade", str(SAMPLE), "--out", str(tmp_path), "--device"]
    outcome = CliRunner().invoke(cli, [*arguments, "cuda"])
    assert isinstance(outcome.exception, UsageError)
    assert outcome.exception.hint == "leave --device out to train on the CPU, or check nvidia-smi"
    assert CliRunner().invoke(cli, [*arguments, "gpu"]).exit_code == 2


def test_a_pytorch_without_cuda_is_told_so(monkeypatch):
    """The package for the CPU is what most installations have."""
    import torch

    monkeypatch.setattr(device_use, "find_accelerator", SimpleNamespace)
    monkeypatch.setattr(torch.version, "cuda", None)
    assert choose_accelerator("auto") == (None, "this PyTorch was built without CUDA")
