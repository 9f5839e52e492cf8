"""One sandbox for all tests of a run, with limits short enough to be met."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import pytest

from grader.sandbox import Limits, Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LIMITS = Limits(
    load_seconds=6.0,
    call_seconds=3.0,
    probe_seconds=6.0,
    cpu_seconds=4,
    scratch_bytes=4 << 20,
    file_bytes=2 << 20,
    output_bytes=100_000,
    reply_bytes=4 << 20,
)

Assembly = dict[str, Any]


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start(LIMITS) as started:
        yield started


@pytest.fixture
def assemble() -> Callable[..., Assembly]:
    """Make an assembly of sources; the functions are looked for in the first module unless said."""

    def build(
        *units: tuple[str, str | list[str]], provides: dict[str, str] | tuple[str, ...] = ("f",)
    ) -> Assembly:
        made = []
        for file, source in units:
            cells = source if isinstance(source, list) else [source]
            made.append(
                {
                    "file": file,
                    "module": file.rpartition(".")[0],
                    "cells": [textwrap.dedent(cell) for cell in cells],
                }
            )
        names = provides if isinstance(provides, dict) else dict.fromkeys(provides, made[0]["module"])
        return {"units": made, "provides": names}

    return build


@pytest.fixture
def open_source(sandbox: Sandbox, assemble: Callable[..., Assembly]) -> Callable[..., Any]:
    """Open a session on one source that defines ``f``."""
    return lambda source: sandbox.open_session(assemble(("lab1.py", source)))
