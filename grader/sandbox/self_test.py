"""The self-test: a real worker tries to get out, and we look from outside whether it did."""

from __future__ import annotations

import os
import secrets
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.errors import StaffError
from grader.sandbox.faults import StudentFault

if TYPE_CHECKING:
    from grader.sandbox.limits import Limits
    from grader.sandbox.session import Reader

_OPEN_FOLDER, _OPEN_FILE = 0o777, 0o755  # the canary may be executed too, and is no program


def run_self_test(
    reader: Reader, limits: Limits, warm_process: int, *, bounds_memory: bool = True
) -> dict[str, bool]:
    """Let a worker try to get out.

    The files that it tries to reach are open to every user, so that only confinement keeps it off.

    Args:
        reader: A worker without a submission.
        limits: What it may use.
        warm_process: The id of the warm process, which it tries to signal.
        bounds_memory: Whether the kernel bounds its memory; else this is not tried here.

    Returns:
        For each attempt: whether it was contained, seen from inside and from outside.

    Raises:
        StaffError: The worker gave no answer.
    """
    with tempfile.TemporaryDirectory(prefix="self-test-") as name, socket.socket() as listener:
        folder = Path(name)
        folder.chmod(_OPEN_FOLDER)
        canary, target, secret = folder / "canary", folder / "written", secrets.token_hex(16)
        canary.write_text(secret, encoding="ascii")
        canary.chmod(_OPEN_FILE)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0)
        try:
            attempts = reader.probe(
                "self_test",
                canary=str(canary),
                target=str(target),
                port=listener.getsockname()[1],
                processes=[os.getpid(), warm_process],
                packages=str(Path(__file__).resolve().parents[2]),
                memory_bytes=2 * limits.memory_bytes if bounds_memory else 0,
            )
        except StudentFault as fault:
            raise StaffError(f"the self-test of the sandbox gave no answer: {fault.summary}") from fault
        if not isinstance(attempts, dict) or not attempts:
            raise StaffError("the self-test of the sandbox gave no answer")
        outcome = {str(attempt): held is True for attempt, held in attempts.items()}
        outcome["read_outside"] &= secret not in str(attempts.get("seen"))
        outcome.pop("seen", None)
        if not bounds_memory:
            outcome.pop("memory", None)
        outcome["write_outside"] &= not target.exists() and canary.read_text(encoding="ascii") == secret
        outcome["network"] &= not _was_reached(listener)
    return outcome


def _was_reached(listener: socket.socket) -> bool:
    try:
        connection: Any = listener.accept()[0]
    except BlockingIOError:
        return False
    connection.close()
    return True
