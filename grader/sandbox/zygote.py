"""The warm process: it imports numpy and torch once and forks a confined worker per request.

It holds no secret. It never sees a submission (that goes from the grader straight to a confined
worker), runs no operation of torch before a fork, and ends with the process that started it.
"""

from __future__ import annotations

import gc
import importlib.util
import json
import os
import selectors
import socket
import sys
from typing import TYPE_CHECKING, Any

from grader.sandbox.confinement import linux
from grader.sandbox.confinement.landlock import landlock_abi
from grader.sandbox.confinement.plan import CHROOT, LANDLOCK, LayerFailedError, Plan, first_plan
from grader.sandbox.confinement.readable import DEVICES, is_checkout
from grader.sandbox.confinement.sequence import Confinement, find_reach
from grader.sandbox.huge_pages import find_steps, put_on_huge_pages
from grader.sandbox.limits import CALLS, DEVICE, Limits
from grader.sandbox.supervisor import Channels, Child, Parent

if TYPE_CHECKING:
    from collections.abc import Callable

    from grader.sandbox.confinement.sequence import Reach

REQUEST_BYTES = 65536
ON_REQUEST = ("torch._dynamo", "torchvision")  # slow and large; the only ones a request may ask for
_CHANNELS = 3


def main(control_fd: int, grader_pid: int) -> None:
    """Serve the grader at the other end of a socket until it goes away.

    Args:
        control_fd: A SEQPACKET socket. The first message is the configuration, each further one
            a request for a worker with three open files.
        grader_pid: The process that started this one.
    """
    linux.prctl(linux.PR_SET_DUMPABLE, 0)  # no process of the same user may look in here
    control = socket.socket(fileno=control_fd)
    grader = os.pidfd_open(grader_pid)
    if os.getppid() != grader_pid:
        return
    configuration = json.loads(control.recv(REQUEST_BYTES))
    limits = {name: Limits(**values) for name, values in configuration["limits"].items()}
    reach, parent = find_reach(), Parent()
    reaches = dict.fromkeys(limits, reach) | _find_device_reach(configuration.get("accelerator"))
    plan, reads_python = _find_plan(frozenset(configuration["excluded"]), limits[CALLS], reach, parent)
    abi = landlock_abi() if LANDLOCK in plan.layers else 0
    _send(control, {"layers": plan.layers, "missing": plan.missing, "landlock_abi": abi})
    confinements = {name: Confinement(plan, allowed, reaches[name]) for name, allowed in limits.items()}
    serve, probes = _warm_up(everything=not reads_python or CHROOT in plan.layers)
    _send(control, {"probes": probes})
    with selectors.DefaultSelector() as selector:
        selector.register(control, selectors.EVENT_READ)
        selector.register(grader, selectors.EVENT_READ)
        pieces = list(find_steps())
        while True:
            ready = [key for key, _ in selector.select(0 if pieces else None)]
            if not ready:
                put_on_huge_pages(*pieces.pop())
                continue
            for key in ready:
                if isinstance(key.data, Child):
                    selector.unregister(key.fileobj)
                    key.data.bury()
            asked = {key.fileobj for key in ready if key.data is None}
            if not asked:
                continue
            request = None if grader in asked else _receive_request(control)
            if request is None:
                return
            wanted, channels = request
            if _import(wanted["preload"]):
                pieces = list(find_steps())
            child = parent.start_worker(confinements[wanted["limits"]], channels, serve)
            channels.close()
            if child is not None:
                selector.register(child.handle, selectors.EVENT_READ, child)


def _find_device_reach(accelerator: dict[str, Any] | None) -> dict[str, Reach]:
    """Find what a worker with a device can reach; nothing where there is none."""
    if not accelerator:
        return {}
    nodes, libraries = tuple(accelerator["nodes"]), tuple(accelerator["libraries"])
    return {DEVICE: find_reach((*DEVICES, *nodes), libraries, accelerator["uuid"])}


def _receive_request(control: socket.socket) -> tuple[dict[str, Any], Channels] | None:
    """Receive what a worker needs (modules, one set of limits) and its channels; None at the end."""
    message, descriptors, _, _ = socket.recv_fds(control, REQUEST_BYTES, _CHANNELS)
    if not message or len(descriptors) != _CHANNELS:
        return None
    return json.loads(message), Channels(*descriptors)


def _import(names: list[str]) -> bool:
    """Import the slow modules that are asked for; tell whether there were new ones."""
    new = [name for name in names if name in ON_REQUEST and name not in sys.modules]
    for name in new:
        importlib.import_module(name)
        gc.freeze()
    return bool(new)


def _find_plan(excluded: frozenset[str], limits: Limits, reach: Reach, parent: Parent) -> tuple[Plan, bool]:
    """Apply the layers to throw-away workers until one gets through with what is left.

    Returns:
        The plan, and whether a worker can still read the Python installation.
    """
    plan = first_plan(excluded)
    while True:
        outcome, reads_python = _try(plan, limits, reach, parent)
        if outcome["confined"]:
            return plan, reads_python
        if not outcome["layer"]:
            raise LayerFailedError("worker", outcome["reason"])
        plan = plan.after_failure(outcome["layer"], outcome["reason"])


def _try(plan: Plan, limits: Limits, reach: Reach, parent: Parent) -> tuple[dict[str, Any], bool]:
    """Start a worker that only looks what it can read, and wait for its end."""
    try:
        confinement = Confinement(plan, limits, reach)
    except LayerFailedError as error:
        return {"confined": False, "layer": error.layer, "reason": error.reason}, False
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    data, their_data = socket.socketpair()
    outcome = {"confined": False, "layer": "", "reason": "no report"}
    with ours, data:
        with theirs, their_data:
            channels = Channels(theirs.fileno(), their_data.fileno(), their_data.fileno())
            child = parent.start_worker(confinement, channels, _report_reading)
        if child is not None:
            child.bury()
        while report := ours.recv(REQUEST_BYTES):  # a handle that comes along is not taken
            told = json.loads(report)
            outcome = told if "confined" in told else outcome
        return outcome, data.recv(1) == b"y"


def _report_reading(data_fd: int) -> None:
    """In a throw-away worker: tell whether it can still read the Python installation."""
    numpy = importlib.util.find_spec("numpy")
    try:
        for path in (json.__file__, numpy.origin if numpy and numpy.origin else ""):
            os.close(os.open(path, os.O_RDONLY))
    except OSError:
        return
    os.write(data_fd, b"y")


def _warm_up(*, everything: bool) -> tuple[Callable[[int], None], list[str]]:
    """Import what workers need, and take our folder off the path."""
    from grader.worker.main import serve
    from grader.worker.preload import preload
    from grader.worker.probes import PROBES

    preload(everything=everything)
    sys.path[:] = [entry for entry in sys.path if not is_checkout(entry)]
    sys.meta_path[:] = [
        finder for finder in sys.meta_path if "_Editable" not in getattr(finder, "__name__", "")
    ]
    gc.collect()
    gc.freeze()  # a child that collects garbage would copy the whole heap
    return serve, sorted(PROBES)


def _send(control: socket.socket, message: dict[str, Any]) -> None:
    control.send(json.dumps(message).encode())
