"""One queue per device among all gradings of a user on a machine.

A worker that uses a device is bounded on the assumption that no other one of ours does. The lock is the
kernel's (``flock``): it goes with the process that holds it, however that ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from grader.errors import StaffError

WAITING, WORKING = "waiting", "working"
_OWNER_ONLY = 0o700
_listener: list[Callable[[str], None]] = []


def listen(listener: Callable[[str], None] | None) -> None:
    """Have a function told when this process begins to wait for a device, and when it goes on.

    Who counts the time of a grading must not count this.

    Args:
        listener: Called with `WAITING` and `WORKING`; None for nobody.
    """
    _listener[:] = [listener] if listener else []


def _tell(state: str) -> None:
    for listener in _listener:
        listener(state)


def find_runtime_folder(base: Path | None = None) -> Path:
    """Return the folder for locks that all gradings of this user on this machine share; made if need be.

    Args:
        base: The folder that it is made in; that for temporary files when None.

    Raises:
        StaffError: Somebody else owns it, or it cannot be made.
    """
    folder = (base or Path(tempfile.gettempdir())) / f"hw4-grade-{os.getuid()}"
    try:
        folder.mkdir(mode=_OWNER_ONLY, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise StaffError(
            f"{folder}: cannot be made: {error.strerror}", hint="is the folder for temporary files full?"
        ) from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise StaffError(
            f"{folder}: found something that others may write, expected a folder of our own",
            hint="remove it, or set TMPDIR to a folder of your own",
        )
    return folder


@contextlib.contextmanager
def hold_device(device: str, folder: Path | None = None) -> Iterator[float]:
    """Use a device alone inside the block, as far as gradings of this user on this machine go.

    Args:
        device: What identifies it.
        folder: Where the locks are; `find_runtime_folder` when None.

    Yields:
        How many seconds were spent waiting.

    Raises:
        StaffError: There is no place for the lock.
    """
    name = re.sub(r"[^A-Za-z0-9._-]", "_", device)
    path = (folder or find_runtime_folder()) / f"device-{name}.lock"
    began = time.monotonic()
    with _open_current(path) as file:
        try:
            yield time.monotonic() - began
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)


@contextlib.contextmanager
def _open_current(path: Path) -> Iterator[int]:
    """Open and lock a file; again where somebody removed it while we waited."""
    while True:
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise StaffError(f"{path}: no lock can be made: {error.strerror}") from error
        try:
            _lock(file)
            if _is_same(path, file):
                yield file
                return
        finally:
            os.close(file)


def _lock(file: int) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _tell(WAITING)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
        finally:
            _tell(WORKING)


def _is_same(path: Path, file: int) -> bool:
    try:
        there, ours = path.stat(), os.fstat(file)
    except OSError:
        return False
    return (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)
