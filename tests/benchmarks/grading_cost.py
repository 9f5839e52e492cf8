"""What grading one submission costs, beside a plain pytest process that imports the same code.

Run it as ``python -m tests.benchmarks.grading_cost [rounds]``; the machine should be idle, because
processor time is read for the whole machine: it includes the workers, whoever reaps them. ``suites`` is a
grading of the sample without numbers of Lab 2, so that no network is verified.
"""

import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

from grader.grade import grade_submission
from grader.grading_run import LIMITS, load_settings, write_report
from grader.results import write_result
from grader.sandbox import Sandbox
from grader.submission import read_submission
from tests.bank.paths import REPOSITORY, SAMPLE

ROUNDS = 15
PLAIN_TEST = """
import numpy as np, torch, lab1, FP_layers
def test_import():
    assert lab1.prune_topk(np.array([[1.0], [2.0]]), 1).shape == (2, 1)
"""


def read_busy_seconds():
    """Return the processor time that the machine has spent since it started."""
    user, nice, system, _, _, irq, softirq, steal = map(int, Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def measure(action):
    """Return wall and processor seconds of an action."""
    wall, busy = time.monotonic(), read_busy_seconds()
    action()
    return time.monotonic() - wall, read_busy_seconds() - busy


def write_without_numbers(folder):
    """Write the sample without the accuracies that it reports."""
    shutil.copytree(SAMPLE, folder)
    answers = folder / "answers.toml"
    written = answers.read_text(encoding="utf-8")
    left, count = re.subn(r"(?m)^(float|bits_\d|before_\d+|after_\d+) = .*\n", "", written)
    assert count > 0
    answers.write_text(left, encoding="utf-8")
    return folder


def main(rounds):
    """Measure round by round, so that outside load falls on all alike, and print medians."""
    settings = load_settings()
    submission = read_submission(SAMPLE)
    figures = {"grade": [], "suites": [], "pdf": [], "pytest": []}
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for name in ("lab1.py", "FP_layers.py"):
            (work / name).write_bytes((SAMPLE / name).read_bytes())
        (work / "test_plain.py").write_text(PLAIN_TEST)
        cold = measure(
            lambda: subprocess.run(
                [Path(sys.executable).with_name("hw4-grade"), SAMPLE, "--out", work / "out"],
                check=False,
                capture_output=True,
                cwd=REPOSITORY,
            )
        )
        with Sandbox.start(limits=LIMITS) as sandbox:
            without_numbers = read_submission(write_without_numbers(work / "without-numbers"))
            graded = grade_submission(submission, sandbox, settings)
            write_report(graded, work / "report.pdf")
            for _ in range(rounds):
                for name, one in (("grade", submission), ("suites", without_numbers)):
                    figures[name].append(
                        measure(
                            lambda one=one: write_result(
                                grade_submission(one, sandbox, settings).result, work / "results.json"
                            )
                        )
                    )
                figures["pdf"].append(measure(lambda: write_report(graded, work / "report.pdf")))
                figures["pytest"].append(
                    measure(
                        lambda: subprocess.run(
                            [sys.executable, "-m", "pytest", "-q", "test_plain.py"],
                            cwd=work,
                            check=True,
                            capture_output=True,
                        )
                    )
                )
            size = (work / "report.pdf").stat().st_size
    report = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}",
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "n": rounds,
        "cold start, wall s": round(cold[0], 2),
        "report bytes": size,
    }
    for name, pairs in figures.items():
        for index, what in enumerate(("wall", "cpu")):
            report[f"{name}, {what} s, median"] = round(statistics.median(pair[index] for pair in pairs), 3)
    report["pytest / grade, cpu"] = round(report["pytest, cpu s, median"] / report["grade, cpu s, median"], 1)
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
