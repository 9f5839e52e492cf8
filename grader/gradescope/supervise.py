"""Watch over one grading in Gradescope's container; stands alone, so that nothing of ours can stop it.

``results.json`` of a failure is written first. The grading replaces it when it is done; where it is
killed, hangs or cannot even be imported, the failure stays.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

MESSAGE = (
    "The autograder failed: this is our fault, not yours. There is no score yet, and nothing is lost: "
    "the course staff sees the reason and runs it again."
)
DEFAULT_SECONDS = 560.0
PLACEHOLDER = "the grading did not end"


def write_failure(path: Path, reason: str) -> None:
    """Write ``results.json`` without a score, whole or not at all.

    Args:
        path: The file.
        reason: For the staff.
    """
    test = {
        "name": "The autograder failed: our fault",
        "status": "failed",
        "output": MESSAGE,
        "visibility": "visible",
    }
    results = {
        "output": MESSAGE,
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {"reason": reason},
        "tests": [test],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".results.")
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        json.dump(results, stream, indent=1)
    Path(name).replace(path)


def read_timeout(source: Path) -> float:
    """Read when a grading is given up."""
    try:
        return float(json.loads((source / "settings.json").read_text(encoding="utf-8"))["timeout_seconds"])
    except (OSError, ValueError, KeyError, TypeError):
        return DEFAULT_SECONDS


def supervise(root: Path, arguments: list[str]) -> int:
    """Grade in a process of its own, and leave ``results.json`` whatever becomes of it.

    Args:
        root: ``/autograder``.
        arguments: ``--prepare`` to grade nothing but the reference and the handout.

    Returns:
        The exit status: 0 where there is a ``results.json``, or where the preparation passed.
    """
    preparing = "--prepare" in arguments
    results = root / "results" / "results.json"
    if not preparing:
        write_failure(results, PLACEHOLDER)
    seconds = read_timeout(root / "source")
    command = [sys.executable, "-m", "grader.gradescope.harness", str(root), *arguments]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603
    try:
        status: int | None = process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        status = None
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if preparing:
        return 1 if status is None else abs(status)
    if _is_placeholder(results):  # a result that is whole stays, whatever became of the process after it
        write_failure(results, _say_end(status, seconds))
    return 0


def _say_end(status: int | None, seconds: float) -> str:
    if status is None:
        return f"stopped after {seconds:g} seconds"
    if status < 0:
        memory = ": out of memory?" if -status == signal.SIGKILL else ""
        return f"killed by signal {-status}{memory}"
    return f"the grading ended with exit status {status}; see the output above"


def _is_placeholder(results: Path) -> bool:
    try:
        reason = json.loads(results.read_text(encoding="ascii")).get("extra_data", {}).get("reason", "")
    except (OSError, ValueError):
        return True
    return str(reason) == PLACEHOLDER


if __name__ == "__main__":
    sys.exit(supervise(Path(sys.argv[1]), sys.argv[2:]))
