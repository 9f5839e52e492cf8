"""What grading a class costs: submissions per second, memory of the whole tree, whether cost is linear.

Run it as ``python -m tests.benchmarks.class_throughput --students 200``. The class is made of the banks:
right, wrong and hostile submissions, mixed. It is graded by ``hw4-grade`` as a TA calls it, PDFs included,
on two cores; without the short finetune of Lab 2 unless ``--finetune`` asks for it. In the same run, on the
same cores, the same code of some students is graded by others, whose checks are six lines that call the six
functions: a plain pytest process per submission, ``otter run`` and gradescope-utils, each of the latter two
installed in a virtual environment of its own (which sees this one's numpy and torch, so that the same
libraries are loaded). The machine should be idle.
"""

import argparse
import itertools
import json
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
import venv
from datetime import datetime
from pathlib import Path

import torch

from grader.gradebook.store import Gradebook
from tests.bank.hostile import list_hostile_submissions, write_hostile
from tests.bank.mistakes import list_mistakes, write_submission
from tests.bank.paths import SAMPLE
from tests.bank.right import RIGHT_SUBMISSIONS
from tests.benchmarks.other_graders import GRADERS, Prepared

CORES = 2
TARGET_PER_SECOND = 1.5
TARGET_BYTES = 3 << 30
SAMPLE_SECONDS = 0.25


def write_class(folder, students, hostile_share):
    """Write a class: half of the rest right, half wrong; returns how many of each, and the plain folders."""
    draw = random.Random(590)
    hostile = [attack for attack in list_hostile_submissions() if not attack.needs_gpu]
    draw.shuffle(hostile)
    mistakes = list(list_mistakes())
    draw.shuffle(mistakes)
    made = {"right": 0, "wrong": 0, "hostile": 0}
    every = round(1 / hostile_share) if hostile_share else students + 2
    plain = []
    for number in range(students):
        target = folder / f"student{number:04}"
        target.mkdir(parents=True)
        if number % every == every - 1:
            write_hostile(hostile[made["hostile"] % len(hostile)], target)
            kind = "hostile"
        elif number % 2:
            write_submission(mistakes[made["wrong"] % len(mistakes)], target)
            plain.append(target)
            kind = "wrong"
        else:
            right = RIGHT_SUBMISSIONS[made["right"] % len(RIGHT_SUBMISSIONS)]
            shutil.copytree(right.folder, target, dirs_exist_ok=True)
            if not (target / "answers.toml").exists():
                shutil.copy(SAMPLE / "answers.toml", target)
            kind = "right"
        made[kind] += 1
    return made, plain


def list_tree(root):
    """Return the ids of a process and of everything below it."""
    children = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, queue = [], [root]
    while queue:
        process = queue.pop()
        found.append(process)
        queue += children.get(process, [])
    return found


def read_memory(process):
    """Return the proportional share of a process in memory, in bytes; None where nobody may look."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    except PermissionError:
        return None
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:")), 0)


class MemoryWatch(threading.Thread):
    """Watches the memory of a process tree; shared pages count once, split among their users."""

    def __init__(self, root):
        super().__init__(daemon=True)
        self._root = root
        self._over = threading.Event()
        self.peak = 0
        self.hidden = False

    def run(self):
        """Sample until it is stopped."""
        while not self._over.wait(SAMPLE_SECONDS):
            sizes = [read_memory(process) for process in list_tree(self._root)]
            self.hidden |= None in sizes
            self.peak = max(self.peak, sum(size or 0 for size in sizes))

    def stop(self):
        """End it and return the peak."""
        self._over.set()
        self.join()
        return self.peak


def grade_class(folder, out, jobs, finetune):
    """Grade a class as a TA does; returns what was measured."""
    command = [Path(sys.executable).with_name("hw4-grade"), folder, "--out", out, "--jobs", str(jobs)]
    command.append("--finetune" if finetune else "--no-finetune")
    started = time.monotonic()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=os.environ | {"NO_COLOR": "1"}
    )
    watch = MemoryWatch(process.pid)
    watch.start()
    errors = process.stderr.read().decode()
    process.wait()
    wall, peak = time.monotonic() - started, watch.stop()
    if process.returncode not in (0, 1, 3):
        raise SystemExit(f"hw4-grade ended with status {process.returncode}: {errors}")
    with Gradebook.open(out) as book:
        rows = book.rows("SELECT at, outcome FROM results ORDER BY at")
    ends = [datetime.fromisoformat(row["at"]).timestamp() for row in rows]
    return {
        "wall_seconds": wall,
        "start_and_summary_seconds": wall - (ends[-1] - ends[0]),
        "per_second": (len(ends) - 1) / (ends[-1] - ends[0]),
        "seconds_each_by_quarter": measure_quarters(ends),
        "peak_bytes": peak,
        "memory_was_hidden": watch.hidden,
        "outcomes": {
            name: sum(row["outcome"] == name for row in rows) for name in ("graded", "incomplete", "fault")
        },
    }


def measure_quarters(ends):
    """Return the seconds per submission in each quarter of a run: equal where cost is linear."""
    marks = [round(quarter * (len(ends) - 1) / 4) for quarter in range(5)]
    return [
        (ends[last] - ends[first]) / (last - first)
        for first, last in itertools.pairwise(marks)
        if last > first
    ]


def prepare_environment(folder, requirement):
    """Make a virtual environment with one package, which sees this one's libraries behind its own."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    install = [python, "-m", "pip", "install", "--quiet", requirement]
    subprocess.run(install, check=True, capture_output=True)
    find = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    own = subprocess.check_output(find, text=True).strip()
    Path(own, "behind.pth").write_text(sysconfig.get_path("purelib") + "\n")
    ask = [python, "-c", f"from importlib.metadata import version; print(version({requirement!r}))"]
    return python, subprocess.check_output(ask, text=True).strip()


def measure_others(plain, count, work, environments):
    """Grade some students by the others; returns seconds per submission by grader."""
    figures = {}
    for grader in GRADERS:
        python, version = Path(sys.executable), ""
        if grader.requirement:
            try:
                python, version = prepare_environment(environments / grader.name, grader.requirement)
            except subprocess.CalledProcessError as error:
                figures[grader.name] = {"not measured": (error.stderr or b"").decode()[-300:]}
                continue
        prepared = Prepared(grader, python, work / f"{grader.name}-files")
        seconds = []
        for folder in plain[: count + 1]:
            started = time.monotonic()
            prepared.grade(folder)
            seconds.append(time.monotonic() - started)
        seconds = seconds[1:] or seconds  # the first fills caches
        figures[grader.name] = {
            "version": version,
            "n": len(seconds),
            "median_seconds": statistics.median(seconds),
            "largest_seconds": max(seconds),
        }
    return figures


def main():
    """Measure and print figures with n, device and versions."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=200)
    parser.add_argument("--hostile", type=float, default=0.05, help="share of hostile submissions")
    parser.add_argument("--jobs", type=int, default=CORES)
    parser.add_argument(
        "--finetune", action="store_true", help="train with each quantizer, as is the default"
    )
    parser.add_argument("--others", type=int, default=20, help="submissions graded by the others")
    parser.add_argument("--environments", type=Path, help="keep the others' environments there")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    options = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        made, plain = write_class(work / "class", options.students, options.hostile)
        ours = grade_class(work / "class", work / "results", options.jobs, options.finetune)
        environments = options.environments or work / "environments"
        others = measure_others(plain, options.others, work, environments) if options.others else {}
    report = {
        "machine": platform.platform(),
        "cores": CORES,
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "students": options.students,
        "jobs": options.jobs,
        "finetune": options.finetune,
        "made": made,
        "hw4-grade": ours,
        "others": others,
    }
    print(json.dumps(report, indent=1))
    each = 1 / ours["per_second"]
    print(
        f"hw4-grade: {ours['per_second']:.2f}/s after the warm start (target {TARGET_PER_SECOND}), ", end=""
    )
    print(f"peak {ours['peak_bytes'] / 2**30:.2f} GiB (target below {TARGET_BYTES >> 30})")
    for grader, figures in others.items():
        if "median_seconds" in figures:
            seconds = figures["median_seconds"]
            ratio = seconds / CORES / each
            print(f"{grader}: {seconds:.2f} s each on one core, {ratio:.2f} times ours per core")
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
