"""Starting the warm process and asking it for workers."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.errors import StaffError
from grader.sandbox.channel import Channel
from grader.sandbox.limits import CALLS
from grader.sandbox.process import WorkerProcess

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grader.sandbox.accelerators import Accelerator
    from grader.sandbox.limits import Limits

_MESSAGE_BYTES = 65536
_START_SECONDS = 180.0
_END_SECONDS = 10.0
_SITE_FOLDERS = ("site-packages", "dist-packages")
_BOOTSTRAP = (
    "import os, sys; sys.path += [path for path in sys.argv[3:] if path not in sys.path]; "
    "os.register_at_fork = lambda **_hooks: None; "  # one thread, no lock held: nothing to set right
    "from grader.sandbox.zygote import main; main(int(sys.argv[1]), int(sys.argv[2])); "
    "os._exit(0)"  # Python's own end would touch, and so copy, every object that workers share
)
_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/tmp",  # noqa: S108  # the worker's scratch folder
    "TMPDIR": "/tmp",  # noqa: S108
    "USER": "student",
    "LOGNAME": "student",
    "LANG": "C.UTF-8",
    "MPLBACKEND": "Agg",
    "MALLOC_ARENA_MAX": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "CUDA_VISIBLE_DEVICES": "",
    "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
    "CUDA_CACHE_DISABLE": "1",  # what is compiled for a device would fill the scratch folder
    "PYTORCH_NVML_BASED_CUDA_CHECK": "1",  # else asking whether there is a GPU starts CUDA
}
_PASSED_ON = ("LD_LIBRARY_PATH",)


@dataclass(frozen=True, slots=True)
class Layers:
    """What the warm process found out about this machine.

    Attributes:
        applied: The layers that every worker gets.
        missing: The layers that the machine refused, and why.
        landlock_abi: The version of Landlock, 0 for none.
    """

    applied: tuple[str, ...]
    missing: dict[str, str]
    landlock_abi: int


class WarmProcess:
    """The process that has numpy and torch imported and forks workers.

    Args:
        limits: What each worker may use.
        excluded: Layers of confinement not to attempt.
        more: Further limits by the name that a request asks for them by.
        accelerator: What workers with the limits ``"device"`` may reach besides.

    Attributes:
        layers: What it found out about this machine.
        probes: The names of the probes that workers know.

    Raises:
        StaffError: It cannot start; the text holds the end of what it complained about.
    """

    def __init__(
        self,
        limits: Limits,
        excluded: frozenset[str],
        more: Mapping[str, Limits],
        accelerator: Accelerator | None = None,
    ) -> None:
        self._limits = {CALLS: limits, **more}
        self._lock = threading.Lock()
        self._spare: tuple[WorkerProcess, Channel] | None = None
        self._preloaded: set[str] = set()
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the process
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  # this interpreter, our own code
                [
                    sys.executable,
                    "-I",
                    "-c",
                    _BOOTSTRAP,
                    str(theirs.fileno()),
                    str(os.getpid()),
                    *_search_path(),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._complaints,
                pass_fds=[theirs.fileno()],
                env=_environment(),
                cwd="/",
                start_new_session=True,  # Ctrl-C reaches the grader, which closes everything in order
            )
        try:
            self._control.settimeout(_START_SECONDS)
            limit_sets = {name: asdict(found) for name, found in self._limits.items()}
            configuration: dict[str, Any] = {"limits": limit_sets, "excluded": sorted(excluded)}
            configuration["accelerator"] = accelerator.as_dict() if accelerator else None
            self._control.send(json.dumps(configuration).encode())
            found = self._receive()
            self.layers = Layers(tuple(found["layers"]), dict(found["missing"]), int(found["landlock_abi"]))
            self.probes = frozenset(self._receive()["probes"])
        except BaseException:
            self.close()
            raise

    @property
    def process_id(self) -> int:
        """The id of the warm process."""
        return self._process.pid

    def start_worker(
        self, preload: tuple[str, ...] = (), limits: str = CALLS
    ) -> tuple[WorkerProcess, Channel]:
        """Hand out a confined worker, and have the next one made meanwhile.

        Args:
            preload: Slow modules that it will need, of those the warm process knows.
            limits: The name of a set of limits.

        Returns:
            The hold on its process, and the channel to it.

        Raises:
            StaffError: The warm process is gone, or the worker cannot be confined.
        """
        process, channel = self._take(preload, limits)
        try:
            process.wait_until_confined()
        except BaseException:
            channel.close()
            process.close()
            raise
        if process.has_ended:  # the spare one did, while nobody looked
            channel.close()
            process.close()
            return self.start_worker(preload, limits)
        return process, channel

    def _take(self, preload: tuple[str, ...], limits: str) -> tuple[WorkerProcess, Channel]:
        with self._lock:
            new = set(preload) - self._preloaded
            self._preloaded |= new
            if new or self._spare is None or limits != CALLS:
                taken = self._request(preload, limits)
            else:
                taken, self._spare = self._spare, None
            if self._spare is None:
                with suppress(StaffError):  # then the next one that is asked for says so
                    self._spare = self._request((), CALLS)
        return taken

    def _request(self, preload: tuple[str, ...], limits: str) -> tuple[WorkerProcess, Channel]:
        """Ask for a worker without waiting for it."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        data, their_data = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        output, their_output = os.pipe()
        allowed = self._limits[limits]
        channel = Channel(data, output, allowed.reply_bytes, allowed.output_bytes)
        request = json.dumps({"preload": list(preload), "limits": limits}).encode()
        try:
            handed_over = [theirs.fileno(), their_data.fileno(), their_output]
            socket.send_fds(self._control, [request], handed_over)
        except OSError as error:
            channel.close()
            ours.close()
            raise StaffError(f"the warm process is gone: {error}", hint=self._last_words()) from error
        finally:
            theirs.close()
            their_data.close()
            os.close(their_output)
        return WorkerProcess(ours), channel

    def close(self) -> None:
        """End the warm process and with it every worker."""
        self._control.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._spare is not None:
            process, channel = self._spare
            channel.close()
            process.close()
        self._complaints.close()

    def _receive(self) -> dict[str, Any]:
        try:
            message = self._control.recv(_MESSAGE_BYTES)
        except OSError as error:
            raise StaffError(f"the warm process did not start: {error}", hint=self._last_words()) from error
        if not message:
            self._process.wait()
            raise StaffError("the warm process ended while it started", hint=self._last_words())
        received: dict[str, Any] = json.loads(message)
        return received

    def _last_words(self) -> str:
        self._complaints.seek(0)
        lines = self._complaints.read().decode("utf-8", "replace").strip().splitlines()
        return "; ".join(lines[-30:]) or "it left no message"


def _search_path() -> list[str]:
    """Where the warm process finds what this one has: the packages installed, and ours."""
    installed = [entry for entry in sys.path if Path(entry).name in _SITE_FOLDERS]
    return [*installed, str(Path(__file__).resolve().parents[2])]


def _environment() -> dict[str, str]:
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    fonts = os.environ.get("MPLCONFIGDIR") or str(home / "matplotlib")  # a list of fonts takes long to make
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return _ENVIRONMENT | passed_on | {"MPLCONFIGDIR": fonts}
