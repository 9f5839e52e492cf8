"""What a result depends on besides the submission, as digests; nothing of it is imported to find out."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
import platform
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from grader.rubric import PATH as RUBRIC_PATH
from student.given.problem import PATH as ASSIGNMENT_PATH

PACKAGES = ("hw4-grader", "numpy", "torch", "torchvision", "pytest", "nbformat", "matplotlib", "reportlab")
_OURS = ("grader", "reference", "student")
_NAMED_DATA = ("embedded", "cifar10")  # no paths, whatever lies in the folder we are called in
_SOURCES = ("*.py", "*.toml", "*.ini", "*.json", "*.pt")


def describe_versions() -> dict[str, str]:
    """Return the versions that a result depends on."""
    return dict(_read_versions())


@cache
def _read_versions() -> tuple[tuple[str, str], ...]:
    versions = {"python": platform.python_version(), "system": f"{platform.system()} {platform.machine()}"}
    versions |= {name: importlib.metadata.version(name) for name in PACKAGES}
    return tuple(versions.items())


def _find_root(package: str) -> Path:
    specification = importlib.util.find_spec(package)
    assert specification is not None
    assert specification.origin is not None
    return Path(specification.origin).parent


@cache
def fingerprint_grader() -> str:
    """Hash our own sources and data, and the versions of the packages, once per process.

    Returns:
        A hexadecimal digest; it changes with every change of the grader.
    """
    digest = hashlib.sha256(json.dumps(describe_versions(), sort_keys=True).encode())
    for package in _OURS:
        root = _find_root(package)
        for path in sorted(path for pattern in _SOURCES for path in root.rglob(pattern)):
            digest.update(f"{path.relative_to(root)}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def fingerprint_assignment() -> str:
    """Hash what an instructor edits: the assignment's data, the rubric, the key."""
    digest = hashlib.sha256()
    for path in (ASSIGNMENT_PATH, RUBRIC_PATH, _find_root("reference") / "answers.toml"):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def describe_choices(choices: Mapping[str, Any]) -> str:
    """Write the options of a grading as text, with digests where an option names files.

    Args:
        choices: Options by name, such as ``data`` and ``weights``.

    Returns:
        JSON, in an order that does not depend on the order of the options.

    Examples:
        >>> describe_choices({"weights": None, "data": "embedded"})
        '{"data": "embedded", "weights": null}'
    """
    return json.dumps({name: _describe_choice(choices[name]) for name in sorted(choices)})


def _describe_choice(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if value in _NAMED_DATA:
        return value
    path = Path(str(value))
    if path.is_file():
        return f"{value} sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
    if path.is_dir():  # thousands of images: names, sizes and dates tell whether they changed
        listing = sorted(
            (str(entry.relative_to(path)), status.st_size, status.st_mtime_ns)
            for entry in path.rglob("*")
            if entry.is_file()
            for status in (entry.stat(),)
        )
        return f"{value} listing:{hashlib.sha256(json.dumps(listing).encode()).hexdigest()}"
    return str(value)
