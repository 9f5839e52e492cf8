"""What the student's commands cost, each in a process of its own as a student starts it.

Run it as ``python -m tests.benchmarks.handout_cost``. Wall time is what a student waits; processor
time is that of the process and its children.
"""

import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bank.paths import RIGHT, SAMPLE

COMMANDS = {
    ("check", "--lab", "1"): 15,
    ("check",): 7,
    ("lab1",): 7,
    ("report",): 7,
    ("pack",): 5,
}
LIMITS = {"check --lab 1": 1.5, "lab1": 15.0, "report": 10.0}


def measure(command, folder):
    """Return wall and processor seconds of one command."""
    wall, before = time.monotonic(), os.times()
    subprocess.run([*command, str(folder)], check=False, capture_output=True)
    after = os.times()
    busy = after.children_user + after.children_system - before.children_user - before.children_system
    return time.monotonic() - wall, busy


def main():
    """Measure every command in turn, after one run that is not counted, and print medians."""
    program = str(Path(sys.executable).with_name("hw4"))
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"{'command':<16} {'n':>3} {'wall median':>12} {'wall largest':>13} {'processor':>10} {'limit':>6}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in ("lab1.py", "FP_layers.py"):
            shutil.copy(RIGHT / "vectorized_numpy" / file, folder)
        shutil.copy(SAMPLE / "answers.toml", folder)
        for arguments, rounds in COMMANDS.items():
            command = [program, *arguments]
            measure(command, folder)
            walls, busies = zip(*(measure(command, folder) for _ in range(rounds)), strict=True)
            text = " ".join(arguments)
            limit = f"{LIMITS[text]:.1f}" if text in LIMITS else ""
            print(
                f"{text:<16} {rounds:>3} {statistics.median(walls):>10.2f} s {max(walls):>11.2f} s "
                f"{statistics.median(busies):>8.2f} s {limit:>6}"
            )


if __name__ == "__main__":
    main()
