"""What the tests of Lab 2 share: few images, random weights, one thread."""

import time

import pytest
import torch

import grader.lab2.short_finetune as short
from grader import trained
from grader.grade import assemble, load_handout, survey
from grader.lab2.verification import Lab2Verification
from grader.submission import read_files
from grader.trained import check_training
from reference import FP_layers
from student.given.datasets import ImageSet, Split
from student.given.pretrained import load_embedded_weights
from student.given.procedural_images import CLASS_NAMES, draw_images
from student.given.resnet20 import ResNetCIFAR


@pytest.fixture(autouse=True)
def _one_thread():
    """Run on one thread: tests share the machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def small_dataset():
    """Draw 60 training and 40 test images."""
    images, labels = draw_images(100, seed=5)
    images, labels = torch.from_numpy(images), torch.from_numpy(labels).long()
    return ImageSet(
        "small", Split(images[:60], labels[:60]), Split(images[60:], labels[60:]), CLASS_NAMES, "digest"
    )


@pytest.fixture(scope="session")
def random_state():
    """Draw weights, with normalizations that are not the identity."""
    generator = torch.Generator().manual_seed(1)
    state = ResNetCIFAR(20, None, FP_layers).state_dict()
    for name, value in state.items():
        if name.endswith("running_var") or (value.ndim == 1 and name.endswith("weight")):
            state[name] = torch.rand(value.shape, generator=generator) + 0.5
        elif value.is_floating_point():
            scale = 0.1 if value.ndim < 2 else (2.0 / value[0].numel()) ** 0.5
            state[name] = torch.randn(value.shape, generator=generator) * scale
    return state


@pytest.fixture
def train_little(monkeypatch):
    """Take single steps at the start only, and finetune for a few steps of a few images."""

    def shorten(steps, batch):
        monkeypatch.setattr(trained, "AFTER_STEPS", (0,))
        monkeypatch.setattr(
            "grader.lab2.verification.draw_short_batches",
            lambda dataset, seed: short.draw_batches(dataset.train, steps, batch, seed),
        )

    return shorten


@pytest.fixture
def lab2(small_dataset, tmp_path, train_little):
    """Return the verification on few images, with single steps at the start and a tiny finetune."""
    train_little(7, 8)
    return Lab2Verification(small_dataset, load_embedded_weights(), "few images", tmp_path)


@pytest.fixture
def train(lab2, sandbox):
    """Train with the quantizer of a source."""

    def run(source, finetunes=("bits_2",), seconds=60.0, patience=60.0):
        submission = read_files("jd123", {"lab1.py": b"x = 1\n", "FP_layers.py": source.encode()})
        assembly = assemble(submission, survey(submission, sandbox), load_handout())

        def open_training(wanted, left):
            return sandbox.open_training_session(wanted.as_wire(), min(left, patience))

        return check_training(lab2, assembly, open_training, finetunes, time.monotonic() + seconds)

    return run
