"""Confined workers on a real GPU: they compute, they are bounded, and what one does ends with it."""

import textwrap
import time

import pytest
import torch

from grader.grade import assemble, load_handout, survey
from grader.lab2.verification import Lab2Verification
from grader.lab2_part import find_device
from grader.sandbox import Sandbox
from grader.sandbox.faults import OutOfMemory, Raised, StudentFault, TimedOut
from grader.sandbox.limits import DEVICE
from grader.submission import read_files
from grader.trained import check_training
from student.given.pretrained import load_embedded_weights
from tests.bank.mistakes import replace_function
from tests.lab2.quantizers import REFERENCE
from tests.lab2.test_full_finetune import SAME

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device: none is here")
pytestmark = [pytest.mark.gpu, needs_cuda]
RIGHT = REFERENCE.read_text(encoding="utf-8")
SECONDS = 60.0
HOSTILE = """
    import torch
    def computes():
        x = torch.ones(1000, device="cuda")
        return float((x * x).sum()), torch.cuda.device_count()
    def hogs():
        kept = []
        torch.cuda.set_per_process_memory_fraction(1.0)
        for _ in range(1024):
            kept.append(torch.ones(1 << 28, device="cuda"))
            torch.cuda.synchronize()
    def spins():
        torch.cuda._sleep(10**14)
        torch.cuda.synchronize()
    def breaks():
        torch.zeros(4, device="cuda")[torch.tensor([10**6], device="cuda")]
        torch.cuda.synchronize()
"""
FUNCTIONS = ("computes", "hogs", "spins", "breaks")


@pytest.fixture(scope="module")
def with_gpu():
    """A sandbox whose workers may use the GPU: its self-test passes, or this fails with the reason."""
    with Sandbox.start(device="cuda") as started:
        yield started


@pytest.fixture
def ask(with_gpu):
    """Call a function in a fresh worker with the GPU."""
    unit = {"file": "lab1.py", "module": "lab1", "cells": [textwrap.dedent(HOSTILE)]}
    assembly = {"units": [unit], "provides": dict.fromkeys(FUNCTIONS, "lab1")}

    def call(function):
        with with_gpu.open_training_session(assembly, SECONDS, DEVICE) as session:
            return session.call(function)

    return call


def test_the_self_test_passes_on_the_gpu(with_gpu):
    """Everything is contained there too, and a convolution is the CPU's to float32."""
    assert with_gpu.device.is_cuda
    assert all(with_gpu.device.self_test.values())
    assert "memory" in with_gpu.device.self_test


def test_a_worker_sees_one_device_and_computes_on_it(ask):
    """The node of no other one is there."""
    assert ask("computes") == (1000.0, 1)


@pytest.mark.parametrize("attack", ["hogs", "spins", "breaks"])
def test_what_a_worker_does_to_the_gpu_ends_with_it(ask, attack):
    """All memory, an endless kernel, an error that sticks: the next worker computes."""
    expected = {"hogs": (OutOfMemory, Raised), "spins": TimedOut, "breaks": StudentFault}[attack]
    with pytest.raises(expected):
        ask(attack)
    assert ask("computes") == (1000.0, 1)


def _check(with_gpu, source, tmp_path, dataset, finetunes):
    submission = read_files("jd123", {"lab1.py": b"x = 1\n", "FP_layers.py": source.encode()})
    assembly = assemble(submission, survey(submission, with_gpu), load_handout())
    lab2 = Lab2Verification(dataset, load_embedded_weights(), "few images", tmp_path)

    def open_training(wanted, seconds):
        return with_gpu.open_training_session(wanted.as_wire(), seconds)

    end = time.monotonic() + 120
    return check_training(lab2, assembly, open_training, finetunes, end, find_device(with_gpu))


def test_short_finetunes_on_the_gpu_agree_with_the_cpus(with_gpu, tmp_path, small_dataset):
    """Same batches, float32, TF32 off: the first losses are the reference's on the CPU."""
    found = _check(with_gpu, RIGHT, tmp_path, small_dataset, ("bits_4", "after_442"))
    assert found.right is True, found.words
    assert [finetune.steps for finetune, _, _ in found.finetunes] == [40, 40]
    assert max(finetune.first_losses for finetune, _, _ in found.finetunes) < 1e-3
    assert found.as_dict()["device"]["finetunes"] == with_gpu.device.name


def test_a_quantizer_that_needs_the_cpu_is_told_so_on_the_gpu(with_gpu, tmp_path, small_dataset):
    """Its single steps are right, and its finetune says what is wrong."""
    by_numpy = SAME.replace("torch.min(w)", "torch.tensor(w.numpy().min()).to(w)")
    source = replace_function(RIGHT, "STE", by_numpy)
    found = _check(with_gpu, source, tmp_path, small_dataset, ("bits_4",))
    assert found.right is True, found.words
    assert "the quantizer works on the CPU only" in found.words
