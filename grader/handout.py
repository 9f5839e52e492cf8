"""Build the zip that students get: stubs, given code, template; nothing of the reference or the grader."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

from grader.errors import StaffError

REPOSITORY = Path(__file__).resolve().parents[1]
STUDENT = REPOSITORY / "student"
TEMPLATE = REPOSITORY / "report_template"
NAME = "hw4-student.zip"
VERSION = "1.0.0"

TOP_FILES = (
    "README.md",
    "AGENTS.md",
    "CHANGELOG.md",
    "lab1.py",
    "FP_layers.py",
    "answers.toml",
    "hw4.ipynb",
)
KEPT_SUFFIXES = frozenset({".py", ".toml", ".json", ".md", ".pt", ".npz"})
STAFF_PAGES = "grading"  # the pages of the grading report
EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest time a zip can hold: the bytes depend on the content alone
PLAIN_FILE = 0o644 << 16
UNIX = 3

PROJECT = f"""[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "hw4-student"
description = "Homework 4: the handout, with the hw4 command"
version = "{VERSION}"
readme = "README.md"
requires-python = ">=3.11"
dependencies = [
  "click>=8.1",
  "matplotlib>=3.8",
  "numpy>=1.26",
  "pygments>=2.17",
  "pypdf>=4.2",
  "reportlab>=4.2",
  "rich>=13.7",
  "torch>=2.4",
  "torchvision>=0.19",
  "tzdata>=2024.1; sys_platform == 'win32'",
]

[project.optional-dependencies]
notebook = ["ipykernel>=6.29", "notebook>=7.0"]

[project.scripts]
hw4 = "given.cli:main"

[tool.setuptools]
packages = ["given", "report_template"]

[tool.setuptools.package-data]
given = ["*.toml", "*.json", "weights/*"]
"""


def list_handout() -> Iterator[tuple[str, bytes]]:
    """List what the zip holds.

    Yields:
        Names inside the zip, with contents, sorted.

    Raises:
        StaffError: A file of the handout is missing.
    """
    contents = {"pyproject.toml": PROJECT.encode()}
    for name in TOP_FILES:
        path = STUDENT / name
        if not path.is_file():
            raise StaffError(f"student/{name}: no such file, expected it in the handout")
        contents[name] = path.read_bytes()
    for folder, place in ((STUDENT / "given", "given"), (TEMPLATE, "report_template")):
        for path in folder.rglob("*"):
            parts = path.relative_to(folder).parts
            left_out = path.name.startswith(STAFF_PAGES) or any(
                part.startswith((".", "__pycache__")) for part in parts
            )
            if path.is_file() and path.suffix in KEPT_SUFFIXES and not left_out:
                contents["/".join((place, *parts))] = path.read_bytes()
    yield from sorted(contents.items())


def build_handout(path: Path) -> Path:
    """Write the handout's zip; the same sources give the same bytes.

    Args:
        path: The zip to write, or a folder to write ``hw4-student.zip`` into.

    Returns:
        The path of the zip.

    Raises:
        StaffError: A file of the handout is missing, or the zip cannot be written.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     built = build_handout(Path(folder))
        ...     names = zipfile.ZipFile(built).namelist()
        >>> built.name, "lab1.py" in names, any("reference" in name for name in names)
        ('hw4-student.zip', True, False)
    """
    target = path / NAME if path.is_dir() else path
    try:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for name, content in list_handout():
                entry = zipfile.ZipInfo(name, EPOCH)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.create_system = UNIX
                entry.external_attr = PLAIN_FILE
                archive.writestr(entry, content)
    except OSError as error:
        raise StaffError(f"{target}: cannot be written: {error.strerror}") from error
    return target
