"""Reaching a Dask scheduler; the package is asked for only here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from grader.errors import StaffError, UsageError

CONNECT_SECONDS = 30.0


def connect(address: str) -> Any:
    """Connect to a scheduler.

    Args:
        address: ``tcp://host:port``, ``tls://host:port``, or the path of a scheduler file.

    Returns:
        Dask's client.

    Raises:
        UsageError: There is no such scheduler.
        StaffError: Dask is not installed.
    """
    try:
        import dask
        from distributed import Client
    except ImportError as error:
        raise StaffError(
            f"--cluster needs the package distributed: {error}", hint='pip install "hw4-grader[cluster]"'
        ) from error
    # Whole submissions are arguments; Dask would warn from 10 MB on.
    dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GB"})
    where: dict[str, Any] = {"address": address}
    if "://" not in address:
        if not Path(address).is_file():
            raise UsageError(
                f"--cluster: found {address!r}, expected tcp://host:port, tls://host:port or a file",
                hint="dask scheduler --scheduler-file FILE writes one",
            )
        where = {"scheduler_file": address}
    try:
        return Client(  # type: ignore[no-untyped-call]
            **where, timeout=CONNECT_SECONDS, set_as_default=False, name="hw4-grade"
        )
    except (OSError, TimeoutError, ValueError) as error:
        raise UsageError(
            f"--cluster {address}: no scheduler answers ({error})",
            hint="is it running, and reachable?",
        ) from error
