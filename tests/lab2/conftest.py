"""What the tests of Lab 2 share: few images, random weights, one thread."""

import pytest
import torch

from reference import FP_layers
from student.given.datasets import ImageSet, Split
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
