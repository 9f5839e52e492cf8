"""Resident images: crop, flip and normalization as torchvision's, in one gather."""

import torch
from torchvision.transforms import v2

from student.given.augmentation import MEAN, STD, Choices, ResidentImages, choose_epoch

NORMALIZE = v2.Compose([v2.ToDtype(torch.float32, scale=True), v2.Normalize(MEAN, STD)])


def test_images_as_they_are_equal_torchvisions(small_dataset):
    resident = ResidentImages(small_dataset.test, "cpu")
    expected = NORMALIZE(small_dataset.test.images.permute(0, 3, 1, 2))
    assert torch.allclose(resident.take(3, 9), expected[3:9], atol=1e-6)


def test_every_crop_and_flip_equals_torchvisions(small_dataset):
    """Pad with black first, then crop, flip and normalize."""
    resident = ResidentImages(small_dataset.train, "cpu")
    choices = choose_epoch(len(small_dataset.train), seed=2, epoch=0)
    got = resident.gather(choices)
    for position, (index, top, left, flip) in enumerate(zip(*choices, strict=True)):
        image = v2.functional.pad(small_dataset.train.images[index].permute(2, 0, 1), 4)
        image = v2.functional.crop(image, int(top), int(left), 32, 32)
        image = v2.functional.horizontal_flip(image) if flip else image
        assert torch.allclose(got[position], NORMALIZE(image), atol=1e-6)


def test_all_offsets_and_both_sides_are_drawn_equally_often():
    choices = choose_epoch(9000, seed=0, epoch=1)
    for offsets in (choices.top, choices.left):
        counts = torch.bincount(offsets, minlength=9)
        # Each count is binomial with mean 1000 and deviation 30.
        assert len(counts) == 9
        assert ((counts - 1000).abs() < 150).all()
    assert abs(choices.flip.float().mean() - 0.5) < 0.03


def test_every_image_comes_once_and_epochs_differ():
    one, other = choose_epoch(50, 0, 0), choose_epoch(50, 0, 1)
    assert sorted(one.index.tolist()) == list(range(50))
    assert one.index.tolist() != other.index.tolist()


def test_a_batch_is_channels_last_in_memory(small_dataset):
    resident = ResidentImages(small_dataset.train, "cpu")
    middle = torch.full((4,), 4)
    batch = resident.gather(Choices(torch.arange(4), middle, middle, torch.zeros(4, dtype=torch.bool)))
    assert batch.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(batch, resident.take(0, 4))
