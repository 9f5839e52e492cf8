"""What the self-test of the sandbox tries; each attempt tells whether it was contained."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.worker.probes import probe

if TYPE_CHECKING:
    from collections.abc import Callable

    from grader.worker.loading import Student


def _is_refused(attempt: Callable[[], Any]) -> bool:
    """Whether an attempt ends in an error of the operating system."""
    try:
        attempt()
    except (OSError, MemoryError):
        return True
    return False


@probe("self_test")
def try_to_get_out(
    _student: Student,
    *,
    canary: str,
    target: str,
    port: int,
    processes: list[int],
    packages: str,
    memory_bytes: int,
) -> dict[str, bool]:
    """Try everything that confinement forbids.

    Args:
        canary: A file outside that every user may read and execute; it is no program.
        target: A path outside where every user may create a file.
        port: A TCP port of this machine where somebody listens.
        processes: Processes outside.
        packages: The folder that holds our packages.
        memory_bytes: More memory than a worker may use.

    Returns:
        For each attempt: whether it was refused.
    """
    own = [Path(packages) / name for name in ("grader", "reference", "student", "tests", "report_template")]
    return {
        "read_outside": _is_refused(Path(canary).read_bytes),
        "list_outside": _is_refused(lambda: os.listdir(Path(canary).parent)),  # noqa: PTH208
        "read_packages": all(_is_refused(lambda path=path: os.listdir(path)) for path in own),  # type: ignore[misc]  # noqa: PTH208
        "write_outside": _is_refused(lambda: Path(target).write_bytes(b"written"))
        and _is_refused(lambda: Path(canary).write_bytes(b"written")),
        "network": _is_refused(lambda: socket.socket().connect(("127.0.0.1", port))),
        "fork": _is_refused(_fork),
        "execute": _cannot_execute(canary),
        "kill_others": all(_is_refused(lambda process=process: os.kill(process, 0)) for process in processes),  # type: ignore[misc]
        "see_others": all(
            _is_refused(lambda process=process: Path(f"/proc/{process}/status").read_bytes())  # type: ignore[misc]
            for process in processes
        ),
        "memory": _is_refused(lambda: bytearray(memory_bytes)),
        "privileges": _is_refused(lambda: os.setuid(0)) or os.geteuid() != 0,
    }


def _cannot_execute(canary: str) -> bool:
    """Whether programs cannot be executed; where they can, the kernel says first that the canary is none."""
    for path in (canary, "/bin/true"):
        try:
            os.execv(path, ["true"])  # noqa: S606
        except OSError as error:
            if error.errno == errno.ENOEXEC:
                return False
    return True


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)
