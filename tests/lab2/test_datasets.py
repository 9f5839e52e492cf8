"""Image sets from folders and archives, the cache, and what is said when they cannot be had."""

import io
import tarfile
import zipfile

import numpy as np
import pytest
import torch
import torchvision
from PIL import Image

from student.given import datasets, user_cache
from student.given.datasets import load_dataset
from student.given.errors import DataError

CLASSES = [f"class{number}" for number in range(10)]


def write_images(folder, side=32, classes=CLASSES, per_class=2):
    """Write an ImageFolder of PNG files and return their pixels by split."""
    rng = np.random.default_rng(0)
    pixels = {"train": [], "test": []}
    for split, images in pixels.items():
        for name in classes:
            (folder / split / name).mkdir(parents=True)
            for number in range(per_class):
                image = rng.integers(0, 256, (side, side, 3), dtype=np.uint8)
                Image.fromarray(image).save(folder / split / name / f"{number:04}.png")
                images.append(image)
    return {split: np.stack(images) for split, images in pixels.items()}


@pytest.fixture
def folder(tmp_path):
    """Return a folder of images with their pixels."""
    path = tmp_path / "images"
    return path, write_images(path)


def pack(folder, path):
    """Pack a folder into an archive below a top folder of its own."""
    files = [p for p in folder.rglob("*") if p.is_file()]
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for file in files:
                archive.write(file, f"top/{file.relative_to(folder)}")
    else:
        with tarfile.open(path, "w:" + path.suffix[1:].replace("tar", "")) as archive:
            for file in files:
                archive.add(file, f"top/{file.relative_to(folder)}")
    return path


@pytest.mark.parametrize("name", ["", "images.tar", "images.tar.gz", "images.tar.xz", "images.zip"])
def test_folders_and_archives_are_read_in_the_order_of_image_folder(folder, tmp_path, name):
    path, pixels = folder
    source = pack(path, tmp_path / name) if name else path
    loaded = load_dataset(source, cache_folder=tmp_path / "cache")
    for split in ("train", "test"):
        expected = torchvision.datasets.ImageFolder(path / split)
        assert getattr(loaded, split).labels.tolist() == expected.targets
        assert np.array_equal(getattr(loaded, split).images.numpy(), pixels[split])
    assert list(loaded.class_names) == CLASSES


def test_a_second_load_reads_the_cache_and_a_changed_image_does_not(folder, tmp_path):
    path, _ = folder
    notes = []
    first = load_dataset(path, tmp_path / "cache", notes.append)
    again = load_dataset(path, tmp_path / "cache", notes.append)
    assert len(notes) == 1
    assert again.digest == first.digest
    Image.fromarray(np.zeros((32, 32, 3), np.uint8)).save(path / "test" / "class0" / "0000.png")
    assert load_dataset(path, tmp_path / "cache", notes.append).digest != first.digest
    assert len(notes) == 2


def test_a_damaged_cache_is_made_again(folder, tmp_path):
    path, _ = folder
    first = load_dataset(path, tmp_path / "cache")
    (cached,) = (tmp_path / "cache").iterdir()
    data = bytearray(cached.read_bytes())
    data[len(data) // 2] ^= 255
    cached.write_bytes(data)
    notes = []
    assert load_dataset(path, tmp_path / "cache", notes.append).digest == first.digest
    assert notes == ["decoding the images of images (once)"]


def test_a_cache_that_cannot_be_written_is_said_and_does_no_harm(folder, tmp_path):
    path, _ = folder
    (tmp_path / "file").write_text("")
    notes = []
    assert len(load_dataset(path, tmp_path / "file" / "cache", notes.append).train) == 20
    assert "the decoded images are not kept" in notes[-1]


def test_a_missing_path_says_what_was_expected(tmp_path):
    with pytest.raises(DataError, match="no such folder or archive, expected one with train/<class>/"):
        load_dataset(tmp_path / "nowhere", tmp_path / "cache")


def test_an_archive_cut_short_is_named(folder, tmp_path):
    archive = pack(folder[0], tmp_path / "images.tar.xz")
    archive.write_bytes(archive.read_bytes()[:-2000])
    with pytest.raises(DataError, match=r"images\.tar\.xz: not a readable archive"):
        load_dataset(archive, tmp_path / "cache")


def test_a_file_that_is_no_archive_is_named(tmp_path):
    (tmp_path / "images.tar").write_bytes(b"not an archive")
    with pytest.raises(DataError, match=r"images\.tar: not a readable archive"):
        load_dataset(tmp_path / "images.tar", tmp_path / "cache")


def test_a_damaged_image_is_named(folder, tmp_path):
    (folder[0] / "train" / "class3" / "0001.png").write_bytes(b"\x89PNG damaged")
    with pytest.raises(DataError, match=r"train/class3/0001\.png: not a readable image"):
        load_dataset(folder[0], tmp_path / "cache")


def test_images_of_another_size_are_refused(tmp_path):
    write_images(tmp_path / "large", side=48)
    with pytest.raises(DataError, match="found 48x48 pixels, expected 32x32"):
        load_dataset(tmp_path / "large", tmp_path / "cache")


def test_nine_classes_are_refused(tmp_path):
    write_images(tmp_path / "nine", classes=CLASSES[:9])
    with pytest.raises(DataError, match="with the same 10 classes"):
        load_dataset(tmp_path / "nine", tmp_path / "cache")


def test_cifar10_without_a_network_says_where_to_put_the_file(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError("network is unreachable")

    monkeypatch.setattr(torchvision.datasets.cifar, "download_and_extract_archive", refuse)
    with pytest.raises(DataError, match="could not be downloaded: network is unreachable") as caught:
        load_dataset("cifar10", tmp_path)
    assert str(tmp_path / "torchvision" / "cifar-10-python.tar.gz") in caught.value.hint
    assert "--data embedded" in caught.value.hint


def test_embedded_images_other_than_the_trained_ones_are_refused(tmp_path, monkeypatch):
    draw = datasets.procedural_images.draw_images
    monkeypatch.setattr(datasets.procedural_images, "draw_images", lambda *_: draw(20, 1))
    with pytest.raises(DataError, match="embedded images: found SHA-256"):
        load_dataset("embedded", tmp_path)


@pytest.mark.slow
def test_the_embedded_set_is_drawn_once(tmp_path):
    notes = []
    for _ in range(2):
        loaded = load_dataset("embedded", tmp_path, notes.append)
    assert len(notes) == 1
    assert (len(loaded.train), len(loaded.test)) == (10_000, 2_000)
    assert torch.bincount(loaded.train.labels, minlength=10).sum() == 10_000


def test_the_cache_folder_follows_its_variable(tmp_path, monkeypatch):
    monkeypatch.setenv("HW4_CACHE", str(tmp_path / "chosen"))
    assert user_cache.find_cache_folder() == tmp_path / "chosen"


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def write(file):
        file.write(b"new, in part")
        raise io.UnsupportedOperation

    with pytest.raises(io.UnsupportedOperation):
        user_cache.write_whole(path, write)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    assert path.read_bytes() == b"old"


def test_labels_and_images_have_the_types_of_a_split(folder, tmp_path):
    loaded = load_dataset(folder[0], tmp_path / "cache")
    assert loaded.test.images.dtype == torch.uint8
    assert loaded.test.labels.dtype == torch.int64
    assert len(loaded.test.take(3)) == 3
