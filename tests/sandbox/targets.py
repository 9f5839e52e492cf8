"""What hostile code could hit outside a worker, and whether it did."""

from __future__ import annotations

import secrets
import socket
import tempfile
from contextlib import ExitStack
from pathlib import Path

PACKAGES = ("grader", "reference", "report_template", "student", "tests")
ROOT = Path(__file__).resolve().parents[2]


class Targets:
    """Files, listeners and processes outside, open to every user of the machine.

    Attributes:
        described: What the attempts are told about them.
    """

    def __init__(self, processes: list[int]) -> None:
        self._stack = ExitStack()
        self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="targets-")))
        self._folder.chmod(0o777)
        self.secret = secrets.token_hex(16)
        self._canary = self._folder / "canary"
        self._canary.write_text(self.secret)
        self._canary.chmod(0o666)
        self._before = self._state()
        self._tcp = self._listen(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))
        self._udp = self._listen(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0))
        abstract, datagram = secrets.token_hex(8), secrets.token_hex(8)
        self._unix = self._listen(socket.AF_UNIX, socket.SOCK_STREAM, "\0" + abstract)
        self._unix_datagram = self._listen(socket.AF_UNIX, socket.SOCK_DGRAM, "\0" + datagram)
        self.described = {
            "secret": self.secret[:16],  # the first half, so that only the files hold all of it
            "canaries": [str(self._canary)],
            "new_file": str(self._folder / "new_file"),
            "packages": [str(ROOT / name) for name in PACKAGES],
            "processes": processes,
            "tcp_port": self._tcp.getsockname()[1],
            "udp_port": self._udp.getsockname()[1],
            "abstract": abstract,
            "abstract_datagram": datagram,
        }

    def _listen(self, family: int, kind: int, address: object) -> socket.socket:
        listener = self._stack.enter_context(socket.socket(family, kind))
        listener.bind(address)
        listener.settimeout(0)
        if kind == socket.SOCK_STREAM:
            listener.listen()
        return listener

    def _state(self) -> tuple[object, ...]:
        state = self._canary.stat()
        folder = sorted(path.name for path in self._folder.iterdir())
        return self._canary.read_text(), state.st_mode, state.st_uid, state.st_mtime_ns, folder

    def breaches(self) -> list[str]:
        """What was hit, seen from here."""
        found = [] if self._state() == self._before else ["the files outside changed"]
        for name, listener in (("tcp", self._tcp), ("unix", self._unix)):
            try:
                listener.accept()[0].close()
                found.append(f"{name} was reached")
            except BlockingIOError:
                pass
        for name, receiver in (("udp", self._udp), ("unix datagram", self._unix_datagram)):
            try:
                receiver.recv(1)
                found.append(f"{name} was reached")
            except BlockingIOError:
                pass
        return found

    def close(self) -> None:
        """Remove the files and stop listening."""
        self._stack.close()
