"""Reading images from a folder or an archive in torchvision's ``ImageFolder`` layout."""

import hashlib
import io
import tarfile
import zipfile
import zlib
from lzma import LZMAError
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image, UnidentifiedImageError

from .errors import DataError

SIDE = 32
CLASSES = 10
SPLITS = ("train", "test")
SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".webp"}
LAYOUT = "expected train/<class>/<image> and test/<class>/<image>"


def hash_source(source):
    """Hash what decoded images depend on: an archive's bytes, or a folder's names and bytes.

    Args:
        source: A folder or an archive.

    Returns:
        SHA-256, hexadecimal.

    Raises:
        DataError: It cannot be read.
    """
    digest = hashlib.sha256()
    try:
        if source.is_file():
            with source.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        for name, data in _read_folder(source):
            digest.update(f"{name}\0{len(data)}\0".encode())
            digest.update(data)
    except OSError as error:
        raise DataError(f"{source}: cannot be read: {error}", hint="check its permissions") from error
    return digest.hexdigest()


def decode_image_folders(source):
    """Decode all images of a folder or archive.

    Args:
        source: A folder, or a tar archive (compressed in any way that Python reads) or zip
            archive, with ``train/<class>/<image>`` and ``test/<class>/<image>``, wherever the two
            lie in it.

    Returns:
        ``train_images`` and ``test_images``, ``(n, 32, 32, 3)`` uint8, in the order of their
        names; ``train_labels`` and ``test_labels``, uint8; and ``class_names``, sorted, the order of
        the labels.

    Raises:
        DataError: It cannot be read, an image is damaged or of another size, or the classes of
            the two parts differ.
    """
    found = {split: {} for split in SPLITS}
    for name, data in _read_source(source):
        *_, split, class_name, _ = ("", "", *PurePosixPath(name).parts)
        if split in found:
            found[split][class_name, name] = _decode(f"{source.name}: {name}", data)
    names = {split: sorted({class_name for class_name, _ in found[split]}) for split in SPLITS}
    if not names["train"] or names["train"] != names["test"] or len(names["train"]) != CLASSES:
        raise DataError(
            f"{source}: found classes {names['train']} for training and {names['test']} for test",
            hint=f"{LAYOUT}, with the same {CLASSES} classes",
        )
    arrays = {"class_names": np.array(names["train"])}
    for split in SPLITS:
        ordered = sorted(found[split])
        arrays[f"{split}_images"] = np.stack([found[split][key] for key in ordered])
        labels = [names["train"].index(class_name) for class_name, _ in ordered]
        arrays[f"{split}_labels"] = np.array(labels, np.uint8)
    return arrays


def _decode(what, data):
    try:
        with Image.open(io.BytesIO(data)) as image:
            pixels = np.asarray(image.convert("RGB"))
    except (OSError, UnidentifiedImageError, ValueError, SyntaxError) as error:
        raise DataError(f"{what}: not a readable image: {error}", hint="restore the file") from error
    if pixels.shape != (SIDE, SIDE, 3):
        found = f"{pixels.shape[1]}x{pixels.shape[0]}"
        raise DataError(f"{what}: found {found} pixels, expected {SIDE}x{SIDE}", hint="resize the images")
    return pixels


def _read_source(source):
    if source.is_dir():
        yield from _read_folder(source)
        return
    try:
        yield from _read_zip(source) if zipfile.is_zipfile(source) else _read_tar(source)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, LZMAError, zlib.error, OSError) as error:
        raise DataError(
            f"{source}: not a readable archive: {error}", hint="download it again, or check its path"
        ) from error


def _read_folder(folder):
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in SUFFIXES and path.is_file():
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def _read_tar(path):
    # Read in order and never unpacked to disk, so no member's name can lead anywhere.
    with tarfile.open(path, "r|*") as archive:
        for member in archive:
            if member.isfile() and Path(member.name).suffix.lower() in SUFFIXES:
                yield member.name, archive.extractfile(member).read()


def _read_zip(path):
    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            if Path(name).suffix.lower() in SUFFIXES:
                yield name, archive.read(name)
