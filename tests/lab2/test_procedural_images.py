"""The embedded images: the same bytes everywhere."""

import hashlib

import numpy as np
import pytest

from student.given.datasets import EMBEDDED_SEED, EMBEDDED_SHA256
from student.given.procedural_images import CLASS_NAMES, draw_images

FIRST_100 = "155323747b23ac1a012219a1fbf963818881bb4450f376fda2bcdac742210c93"


def test_the_first_images_have_the_bytes_that_the_weights_were_trained_on():
    images, labels = draw_images(100, EMBEDDED_SEED)
    # The labels are shuffled over the whole set, so a smaller set is another one.
    assert hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest() == FIRST_100


@pytest.mark.slow
def test_all_images_have_the_bytes_that_the_weights_were_trained_on():
    images, labels = draw_images(12_000, EMBEDDED_SEED)
    assert hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest() == EMBEDDED_SHA256


def test_another_seed_draws_other_images_and_each_class_as_often():
    (one, labels), (other, _) = draw_images(30, 1), draw_images(30, 2)
    assert not np.array_equal(one, other)
    assert np.bincount(labels).tolist() == [3] * len(CLASS_NAMES)


@pytest.mark.parametrize("count", [0, -10, 15])
def test_a_count_without_equal_classes_is_refused(count):
    with pytest.raises(ValueError, match="expected a positive multiple of 10"):
        draw_images(count, 0)
