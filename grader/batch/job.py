"""A job: a process of its own that grades one submission after the other and answers in JSON.

It is started by `grader.batch.pool`. What it is asked comes from the parent alone; what it answers is
never unpickled.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from grader.errors import GraderError, UsageError
from grader.sandbox.device_queue import listen


def main(descriptor: int, parent: int) -> None:
    """Serve the parent at the other end of a socket until it goes away.

    Args:
        descriptor: Our end of the socket.
        parent: The process that started this one; this one ends with it, however that ends.
    """
    from grader.sandbox.confinement.linux import PR_SET_PDEATHSIG, prctl

    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        return
    connection: Connection[Any, Any] = Connection(descriptor)
    listen(lambda state: _answer(connection, {"kind": state}))
    configuration = connection.recv()
    module, _, name = configuration["engine"].partition(":")
    try:
        engine_starter = getattr(importlib.import_module(module), name)
        with engine_starter(configuration["options"]) as engine:
            _answer(connection, {"kind": "ready"})
            while _serve(connection, engine):
                pass
    except (EOFError, BrokenPipeError):
        return  # the parent is gone, or needs no more
    except BaseException as error:  # noqa: BLE001  # whatever keeps the engine from starting, the parent is told
        _answer(connection, {"kind": "broken"} | _describe(error))


def _serve(connection: Connection[Any, Any], engine: Any) -> bool:
    """Grade one submission; False when this process should not be trusted with another."""
    order = connection.recv()
    try:
        delivery = engine.grade(order)
    except BaseException as error:  # noqa: BLE001  # one submission must not stop the rest
        kind = "broken" if isinstance(error, UsageError) else "fault"
        _answer(connection, {"kind": kind} | _describe(error))
        return False
    _answer(
        connection,
        {
            "kind": "graded",
            "result": delivery.result,
            "policies": delivery.policies,
            "readable": delivery.readable,
            "unstable": list(delivery.unstable),
        },
    )
    return True


def _describe(error: BaseException) -> dict[str, Any]:
    if isinstance(error, GraderError):
        return {"message": error.message, "hint": error.hint, "status": error.exit_status}
    last = traceback.extract_tb(error.__traceback__)[-1:]
    where = f" ({Path(last[0].filename).name}, line {last[0].lineno})" if last else ""
    return {"message": f"{type(error).__name__}: {error}{where}", "hint": "", "status": 3}


def _answer(connection: Connection[Any, Any], message: dict[str, Any]) -> None:
    text = json.dumps(message, ensure_ascii=False)
    connection.send_bytes(text.encode("utf-8", "backslashreplace"))
