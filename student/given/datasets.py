"""The image sets of Lab 2: the embedded one, CIFAR-10, or folders of images."""

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from . import procedural_images
from .errors import DataError
from .image_folders import decode_image_folders, hash_source
from .user_cache import find_cache_folder, write_whole

EMBEDDED = "embedded"
CIFAR10 = "cifar10"
EMBEDDED_SEED = 661
EMBEDDED_TRAIN, EMBEDDED_TEST = 10_000, 2_000
# Of the bytes of the 12,000 images, then of their labels.
EMBEDDED_SHA256 = "937838921fb1aaab025b7983a3cdbd0a77f9e6aa0912bfa4efdd5da37a6543d7"


@dataclass(frozen=True)
class Split:
    """Images with their labels, whole in memory.

    Attributes:
        images: ``(n, 32, 32, 3)`` uint8.
        labels: ``(n,)`` int64.
    """

    images: torch.Tensor
    labels: torch.Tensor

    def __len__(self):
        """Return the number of images."""
        return len(self.labels)

    def take(self, count):
        """Return the first ``count`` images with their labels."""
        return Split(self.images[:count], self.labels[:count])


@dataclass(frozen=True)
class ImageSet:
    """A training and a test set.

    Attributes:
        name: ``"embedded"``, ``"cifar10"``, or the name of the folder or archive.
        train: The training images.
        test: The test images.
        class_names: The classes in the order of the labels.
        digest: SHA-256 of all pixels and labels, hexadecimal: what the accuracies belong to.
    """

    name: str
    train: Split
    test: Split
    class_names: tuple[str, ...]
    digest: str


def load_dataset(source=EMBEDDED, cache_folder=None, notify=None):
    """Load an image set.

    Args:
        source: ``"embedded"`` (drawn from a seed, no download), ``"cifar10"`` (downloaded by
            torchvision where it is missing), or the path of a folder or archive (tar, zip) that
            holds ``train/<class>/<image>`` and ``test/<class>/<image>``, 32x32 pixels each.
        cache_folder: Where decoded images are kept; the user's cache folder when None.
        notify: Called with a line of text when something takes more than a moment.

    Returns:
        An `ImageSet`.

    Raises:
        DataError: The images cannot be had.
    """
    cache_folder = Path(cache_folder) if cache_folder else find_cache_folder()
    notify = notify or (lambda _: None)
    if str(source) == EMBEDDED:
        return _load_embedded(cache_folder, notify)
    if str(source) == CIFAR10:
        return _load_cifar10(cache_folder, notify)
    return _load_folders(Path(source), cache_folder, notify)


def _load_embedded(cache_folder, notify):
    path = cache_folder / f"embedded-{EMBEDDED_SHA256[:16]}.npz"
    arrays = _read_cache(path)
    if arrays is None or _hash_arrays(arrays["images"], arrays["labels"]) != EMBEDDED_SHA256:
        notify("drawing the embedded images (a few seconds, once)")
        images, labels = procedural_images.draw_images(EMBEDDED_TRAIN + EMBEDDED_TEST, EMBEDDED_SEED)
        found = _hash_arrays(images, labels)
        if found != EMBEDDED_SHA256:
            raise DataError(
                f"embedded images: found SHA-256 {found[:16]}..., expected {EMBEDDED_SHA256[:16]}...",
                hint="this NumPy draws other images; report its version and the processor to the staff",
            )
        arrays = {"images": images, "labels": labels}
        _write_cache(path, arrays, notify)
    images, labels = torch.from_numpy(arrays["images"]), torch.from_numpy(arrays["labels"]).long()
    return ImageSet(
        EMBEDDED,
        Split(images[:EMBEDDED_TRAIN], labels[:EMBEDDED_TRAIN]),
        Split(images[EMBEDDED_TRAIN:], labels[EMBEDDED_TRAIN:]),
        procedural_images.CLASS_NAMES,
        EMBEDDED_SHA256,
    )


def _load_cifar10(cache_folder, notify):
    from torchvision import datasets

    published = datasets.CIFAR10
    root = cache_folder / "torchvision"
    archive = root / published.filename
    try:
        # It looks for the files and their checksums first and downloads, with a progress bar,
        # only what is missing.
        parts = [published(root, train=train, download=True) for train in (True, False)]
    except (OSError, RuntimeError, EOFError, ValueError) as error:
        raise DataError(
            f"cifar10: not in {root}, and it could not be downloaded: {error}",
            hint=f"put {published.filename} (MD5 {published.tgz_md5}) at {archive}, "
            "or go on without it: --data embedded",
        ) from error
    notify(f"CIFAR-10 read from {root}")
    train, test = (Split(torch.from_numpy(p.data), torch.tensor(p.targets)) for p in parts)
    digest = _hash_arrays(*(t.numpy() for split in (train, test) for t in (split.images, split.labels)))
    return ImageSet(CIFAR10, train, test, tuple(parts[0].classes), digest)


def _load_folders(source, cache_folder, notify):
    if not source.exists():
        raise DataError(
            f"{source}: no such folder or archive, expected one with train/<class>/ and test/<class>/",
            hint="check the path, or use --data embedded or --data cifar10",
        )
    path = cache_folder / f"decoded-{hash_source(source)[:32]}.npz"
    arrays = _read_cache(path)
    if arrays is None:
        notify(f"decoding the images of {source.name} (once)")
        arrays = decode_image_folders(source)
        arrays["digest"] = np.array(
            _hash_arrays(*(arrays[f"{s}_{k}"] for s in ("train", "test") for k in ("images", "labels")))
        )
        _write_cache(path, arrays, notify)
    splits = [
        Split(torch.from_numpy(arrays[f"{split}_images"]), torch.from_numpy(arrays[f"{split}_labels"]).long())
        for split in ("train", "test")
    ]
    return ImageSet(source.name, *splits, tuple(arrays["class_names"].tolist()), str(arrays["digest"]))


def _hash_arrays(*arrays):
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _read_cache(path):
    """Read a cached file; a missing or damaged one (its CRC is checked) counts as none."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return None


def _write_cache(path, arrays, notify):
    try:
        write_whole(path, lambda file: np.savez(file, **arrays))
    except OSError as error:
        notify(f"the decoded images are not kept: {error}")
