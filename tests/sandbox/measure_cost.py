"""Measure what the sandbox costs: ``python -m tests.sandbox.measure_cost [excluded layer ...]``."""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

import numpy as np

from grader.sandbox import Sandbox

STARTS, SESSIONS, CALLS, ECHOES = 3, 100, 500, 30
SOURCE = Path(__file__).resolve().parents[2] / "reference" / "lab1.py"


def report(name: str, seconds: list[float]) -> None:
    """Print the smallest, the median and the ninetieth percentile in milliseconds."""
    low, middle, high = min(seconds), statistics.median(seconds), sorted(seconds)[int(0.9 * len(seconds))]
    print(f"{name:<30} n={len(seconds):<4} {1e3 * low:9.2f} {1e3 * middle:9.2f} {1e3 * high:9.2f}")


def timed(action) -> float:
    """Wall time of an action in seconds."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def main(excluded: list[str]) -> None:
    """Start sandboxes, open sessions, make calls, and report."""
    report("start", [timed(lambda: Sandbox.start(excluded=excluded).close()) for _ in range(STARTS)])
    arguments = np.zeros((5, 1)), np.ones((3, 5)), np.ones((3, 1)), 0.02
    unit = {"file": "lab1.py", "module": "lab1", "cells": [SOURCE.read_text(encoding="utf-8")]}
    assembly = {"units": [unit], "provides": {"gd_step": "lab1"}}
    echo = {"units": [unit | {"cells": ["def f(x): return x"]}], "provides": {"f": "lab1"}}
    with Sandbox.start(excluded=excluded) as sandbox:
        print("level", sandbox.isolation.level)
        opened, first, closed, processor, peak = [], [], [], [], 0
        for _ in range(SESSIONS):
            start = time.perf_counter()
            session = sandbox.open_session(assembly)
            opened.append(time.perf_counter() - start)
            first.append(timed(lambda session=session: session.call("gd_step", *arguments)))
            closed.append(timed(session.close))
            processor.append(session.ending.cpu_seconds)
            peak = max(peak, session.ending.peak_bytes)
        report("open and load", opened)
        report("first call", first)
        report("close", closed)
        report("all of it", [sum(parts) for parts in zip(opened, first, closed, strict=True)])
        report("processor time of a worker", processor)
        print(f"largest resident size of a worker: {peak / 1e6:.0f} MB")
        with sandbox.open_session(assembly) as session:
            report("call gd_step", [timed(lambda: session.call("gd_step", *arguments)) for _ in range(CALLS)])
        with sandbox.open_session(echo) as session:
            for mebibytes in (1, 16):
                array = np.zeros(mebibytes << 17)
                name = f"send and return {mebibytes} MiB"
                report(name, [timed(lambda array=array: session.call("f", array)) for _ in range(ECHOES)])


if __name__ == "__main__":
    main(sys.argv[1:])
