"""Images whole on a device: random crop, flip and normalization of a batch in one gather."""

from typing import NamedTuple

import torch

SIDE = 32
PADDING = 4
PADDED = SIDE + 2 * PADDING
MEAN = (0.4914, 0.4822, 0.4465)
STD = (0.2023, 0.1994, 0.2010)


class Choices(NamedTuple):
    """What is chosen at random for each image of an epoch, in the order of training.

    Attributes:
        index: Which image, ``(n,)`` int64.
        top: First row of the crop, 0 to 8 in the padded image; 4 is the image itself.
        left: First column of the crop, 0 to 8.
        flip: Whether it is mirrored left to right, bool.
    """

    index: torch.Tensor
    top: torch.Tensor
    left: torch.Tensor
    flip: torch.Tensor

    def take(self, start, stop):
        """Return the choices of a batch."""
        return Choices(*(values[start:stop] for values in self))

    def to(self, device):
        """Return the choices on a device."""
        return Choices(*(values.to(device) for values in self))


def choose_epoch(count, seed, epoch):
    """Choose order, crops and flips of one epoch.

    The choices depend on nothing but the arguments, so a run that was stopped goes on as if it had
    not been, on any device.

    Args:
        count: Number of images.
        seed: Seed of the run.
        epoch: Which epoch.

    Returns:
        `Choices` of all images.

    Examples:
        >>> first, again = choose_epoch(6, seed=1, epoch=3), choose_epoch(6, seed=1, epoch=3)
        >>> sorted(first.index.tolist()), all(map(torch.equal, first, again))
        ([0, 1, 2, 3, 4, 5], True)
    """
    generator = torch.Generator().manual_seed(seed * 1_000_003 + epoch)
    return Choices(
        torch.randperm(count, generator=generator),
        torch.randint(0, 2 * PADDING + 1, (count,), generator=generator),
        torch.randint(0, 2 * PADDING + 1, (count,), generator=generator),
        torch.rand(count, generator=generator) < 0.5,
    )


def crop(images, choices):
    """Crop and flip images, padded with black, as pixels.

    Args:
        images: ``(n, 32, 32, 3)`` uint8.
        choices: `Choices` on the same device.

    Returns:
        One crop for each choice, ``(len(choices.index), 32, 32, 3)`` uint8.
    """
    padded = _pad(images.index_select(0, choices.index)).view(-1, 3)
    return _gather(padded, choices._replace(index=torch.arange(len(choices.index), device=images.device)))


def _pad(images):
    padded = torch.zeros((len(images), PADDED, PADDED, 3), dtype=torch.uint8, device=images.device)
    padded[:, PADDING : PADDING + SIDE, PADDING : PADDING + SIDE] = images
    return padded


def _gather(pixels, choices):
    """Select the crops out of the pixels of padded images, all in one go."""
    offsets = torch.arange(SIDE, device=pixels.device)
    columns = torch.where(choices.flip[:, None], SIDE - 1 - offsets, offsets) + choices.left[:, None]
    rows = offsets + choices.top[:, None]
    first = (choices.index * (PADDED * PADDED))[:, None, None]
    where = first + rows[:, :, None] * PADDED + columns[:, None, :]
    return pixels.index_select(0, where.view(-1)).view(-1, SIDE, SIDE, 3)


class ResidentImages:
    """Images on a device, padded with black once, ready to be cropped.

    A batch is one ``index_select`` of pixels; padding comes before normalization, as with
    ``torchvision.transforms.RandomCrop`` before ``Normalize``.

    Args:
        split: A `given.datasets.Split`.
        device: Where they are kept; 4.8 kB per image.

    Attributes:
        labels: ``(n,)`` int64 on the device.

    Examples:
        >>> from types import SimpleNamespace
        >>> black = torch.zeros(5, 32, 32, 3, dtype=torch.uint8)
        >>> resident = ResidentImages(SimpleNamespace(images=black, labels=torch.arange(5)), "cpu")
        >>> resident.gather(choose_epoch(5, seed=0, epoch=0).take(0, 2)).shape
        torch.Size([2, 3, 32, 32])
    """

    def __init__(self, split, device):
        self.labels = split.labels.to(device)
        self._pixels = _pad(split.images.to(device)).view(-1, 3)
        self._mean = torch.tensor(MEAN, dtype=torch.float32, device=device)
        self._std = torch.tensor(STD, dtype=torch.float32, device=device)

    def __len__(self):
        """Return the number of images."""
        return len(self.labels)

    def gather(self, choices):
        """Crop, flip and normalize a batch.

        Args:
            choices: `Choices` on the same device.

        Returns:
            ``(n, 3, 32, 32)`` float32, channels last in memory.
        """
        return self._normalize(_gather(self._pixels, choices))

    def take(self, start, stop):
        """Normalize images ``start`` to ``stop`` as they are.

        Returns:
            ``(stop - start, 3, 32, 32)`` float32, channels last in memory.
        """
        padded = self._pixels.view(-1, PADDED, PADDED, 3)[start:stop]
        return self._normalize(padded[:, PADDING : PADDING + SIDE, PADDING : PADDING + SIDE])

    def _normalize(self, pixels):
        return pixels.float().div_(255).sub_(self._mean).div_(self._std).permute(0, 3, 1, 2)
