"""The exact versions that grade here, so that the container grades the same."""

from __future__ import annotations

import importlib.metadata
import re

from packaging.requirements import Requirement

from grader.errors import StaffError

PROJECT = "hw4-grader"
# Only the builds of PyTorch for GPUs need these.
_GPU_ONLY = re.compile(r"nvidia-|cuda-|triton|pytorch-triton")
_BY_BUILD = ("torch", "torchvision")


def list_requirements(torch_index: str = "") -> list[str]:
    """Pin everything that grading needs, directly or not, to what is installed here.

    Args:
        torch_index: The address of an index with PyTorch's builds for processors only; without one
            the builds of the default index are pinned.

    Returns:
        Lines of a ``requirements.txt``.

    Raises:
        StaffError: A package is not installed.

    Examples:
        >>> lines = list_requirements("https://example.org/cpu")
        >>> lines[0], any(line.startswith("torch==") and line.endswith("+cpu") for line in lines)
        ('--extra-index-url https://example.org/cpu', True)
    """
    pins = {}
    for name, version in _walk():
        base = version.split("+")[0]
        pins[name] = f"{base}+cpu" if torch_index and name in _BY_BUILD else base
    lines = [f"{name}=={version}" for name, version in sorted(pins.items())]
    return [f"--extra-index-url {torch_index}", *lines] if torch_index else lines


def _walk() -> list[tuple[str, str]]:
    """Walk the installed packages that the project needs, without the extras and those for GPUs."""
    found: dict[str, str] = {}
    waiting = [*_needs(PROJECT)]
    while waiting:
        name = waiting.pop()
        if name in found or _GPU_ONLY.match(name):
            continue
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError as error:
            raise StaffError(
                f"{name}: is not installed, but {PROJECT} needs it",
                hint="install the project into this environment again",
            ) from error
        waiting += _needs(name)
    return sorted(found.items())


def _needs(name: str) -> list[str]:
    needed = []
    for text in importlib.metadata.requires(name) or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            needed.append(re.sub(r"[-_.]+", "-", requirement.name).lower())
    return needed
