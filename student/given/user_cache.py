"""Where decoded images and unfinished runs are kept, and how a file is written whole or not at all."""

import contextlib
import os
import sys
import tempfile
from pathlib import Path

VARIABLE = "HW4_CACHE"


def find_cache_folder():
    """Return the user's cache folder for this homework; it need not exist yet.

    The environment variable ``HW4_CACHE`` names it; otherwise it lies where the platform keeps caches.

    Returns:
        A `pathlib.Path`.
    """
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "hw4"


def write_whole(path, write):
    """Write a file so that a reader, or a kill at any moment, finds it whole or not at all.

    Args:
        path: The file; its folder is made where it is missing.
        write: Called with a binary file to fill.

    Raises:
        OSError: The file cannot be written; nothing is left behind.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        Path(partial).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(partial).unlink()
        raise
