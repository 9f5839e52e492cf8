"""Short finetunes on a device: steps stay on the CPU, waiting costs nobody time, trouble costs only itself.

A worker without a device stands for one with: what it is told to do there it does on the CPU.
"""

import time
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

import grader.lab2.short_finetune as short
from grader import trained
from grader.errors import StaffError
from grader.lab2.verification import Lab2Verification
from grader.lab2_part import find_device
from grader.sandbox.device_use import CUDA, DeviceUse
from grader.sandbox.faults import Died, Raised
from grader.submission import Assembly
from grader.trained import OnDevice, check_training
from student.given.pretrained import load_embedded_weights
from tests.lab2.test_full_finetune import make_probe

pytestmark = pytest.mark.slow
NAME = "a fake GPU"
WANTED = ("bits_4", "after_442")
CODE = Assembly((), {}, (), {}, {}, None, {})


class Session:
    """A worker that notes where it was told to train."""

    def __init__(self, log, fault=None):
        self._log = log
        self._fault = fault
        self._probe = make_probe()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def probe(self, name, *, device="cpu", device_bytes=0, **arguments):
        """Train on the CPU, wherever it was to be."""
        self._log.append((name, device, device_bytes, len(arguments["images"])))
        if self._fault and device != "cpu":
            raise self._fault
        return self._probe(name, **arguments)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """A folder in which the reference's states are made once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def train(small_dataset, cache, monkeypatch, train_little):
    """Check training with a device; returns what was found, what was asked, and the order of events."""
    train_little(12, 4)
    monkeypatch.setattr(Lab2Verification, "find_right_accuracy", lambda *_: 0.5)
    lab2 = Lab2Verification(small_dataset, load_embedded_weights(), "few images", cache)
    clock = [0.0]
    forward = SimpleNamespace(monotonic=lambda: time.monotonic() + clock[0])
    monkeypatch.setattr(trained, "time", forward)
    monkeypatch.setattr(short, "time", forward)

    def run(fault=None, opens=True, waits=0.0, finetunes=WANTED):
        log, events = [], []

        @contextmanager
        def hold():
            clock[0] += waits
            events.append("held")
            try:
                yield waits
            finally:
                events.append("free")

        def open_on_device(_code, _seconds):
            if not opens:
                raise StaffError("the driver does not answer")
            events.append("opened")
            return Session(log, fault)

        device = OnDevice(NAME, open_on_device, hold, 1 << 30)
        deadline = time.monotonic() + 60
        found = check_training(lab2, CODE, lambda *_: Session(log), finetunes, deadline, device)
        return found, log, events

    return run


def test_steps_are_taken_on_the_cpu_and_finetunes_on_the_device(train):
    """Thresholds of the steps were measured there; the device does all finetunes that are asked for."""
    found, log, events = train()
    assert [(bits, after) for bits, after, _ in found.steps] == [(4, 0), (3, 0), (2, 0)]
    assert [entry[1:] for entry in log[:3]] == [("cpu", 0, 1)] * 3
    assert [entry[1:] for entry in log[3:]] == [("cuda", 1 << 30, steps) for _ in WANTED for steps in (10, 2)]
    assert events == ["held", "opened", "free"]
    assert [finetune.scheme for finetune, _, _ in found.finetunes] == list(WANTED)
    assert found.right is True
    record = found.as_dict()
    assert record["device"] == {"steps": "cpu", "finetunes": NAME}
    assert {entry["device"] for entry in record["finetunes"]} == {NAME}
    assert f"(trained on {NAME})" in record["finetunes"][0]["words"]
    assert found.tabulate("few images")[1]["title"].startswith(f"Short finetune on {NAME}")


def test_waiting_for_the_device_takes_nothing_from_the_finetunes(train):
    """Their seconds begin when the device is theirs."""
    found, _, _ = train(waits=1000.0, finetunes=("bits_2",))
    assert found.finetunes[0][0].steps == 12


def test_a_quantizer_that_works_on_the_cpu_only_is_told_so(train):
    """The steps on the CPU are right all the same, and so is the verdict."""
    message = "can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() to copy the tensor first"
    found, _, events = train(fault=Raised("train_steps", "TypeError", message, 7, "FP_layers.py"))
    assert found.right is True
    assert f"training on {NAME} was given up: the quantizer works on the CPU only" in found.words
    assert found.finetunes == ()
    assert events == ["held", "opened", "free"]


def test_a_worker_that_dies_on_the_device_loses_the_finetunes_and_frees_it(train):
    """An error of CUDA that sticks, or a kernel without end, ends with its process."""
    found, _, events = train(fault=Died("train_steps", "abort"))
    assert found.right is True
    assert "was given up: a training step with STE.forward ended its process: abort" in found.words
    assert events == ["held", "opened", "free"]


def test_a_device_that_fails_is_our_fault_and_costs_no_verdict(train):
    """Nothing is said against the submission."""
    found, _, events = train(opens=False)
    assert found.right is True
    assert f"nothing more was finetuned on {NAME}, our fault: the driver does not answer" in found.words
    assert events == ["held", "free"]


def test_without_a_device_everything_is_as_it_was(train):
    """On the CPU steps and finetune share a worker."""

    class Sandbox:
        device = DeviceUse(reason="this machine has no NVIDIA driver")

    assert find_device(Sandbox) is None
    Sandbox.device = DeviceUse(CUDA, NAME, "GPU-1")
    Sandbox.training_limits = {"device": type("Limits", (), {"device_bytes": 5})}
    device = find_device(Sandbox)
    assert (device.name, device.device_bytes) == (NAME, 5)
