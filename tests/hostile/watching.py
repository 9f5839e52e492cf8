"""Canaries planted outside the sandbox, looked at from outside."""

import os
import secrets
import socket
import subprocess
import sys
import threading
from pathlib import Path

from tests.bank.canaries import Canaries
from tests.bank.paths import REPOSITORY

SECRET_NAME = "HW4_CANARY_SECRET"


class Watch:
    """Everything an attack might touch, with the means to see whether it was touched.

    Args:
        folder: An empty folder for the canaries.
    """

    def __init__(self, folder: Path) -> None:
        self.secret = secrets.token_hex(16)
        self.connections = []
        self.folder = folder / "folder"
        self.folder.mkdir()
        self.folder.chmod(0o777)
        self.canary = folder / "canary"
        self.canary.write_text(self.secret)
        self.victim = folder / "victim"
        self.victim.write_text("as it was")
        os.environ[SECRET_NAME] = self.secret
        self.sibling = subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(3600)  # hw4-canary-sibling"]
        )
        self._sockets = [
            self._listen(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            self._listen(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            self._listen(socket.AF_UNIX, socket.SOCK_STREAM, str(folder / "s")),
            self._listen(socket.AF_UNIX, socket.SOCK_STREAM, f"\0hw4-{self.secret[:8]}"),
        ]
        self._before = self._stat()
        self.canaries = Canaries(
            canary_file=str(self.canary),
            canary_folder=str(self.folder),
            victim_file=str(self.victim),
            tcp_port=self._sockets[0].getsockname()[1],
            udp_port=self._sockets[1].getsockname()[1],
            unix_socket=str(folder / "s"),
            abstract_socket=f"hw4-{self.secret[:8]}",
            secret_name=SECRET_NAME,
            sibling_pid=self.sibling.pid,
            repository=str(REPOSITORY),
        )

    def _listen(self, family, kind, address):
        opened = socket.socket(family, kind)
        opened.bind(address)
        if kind == socket.SOCK_STREAM:
            opened.listen()
        threading.Thread(target=self._notice, args=(opened, kind), daemon=True).start()
        return opened

    def _notice(self, opened, kind):
        while True:
            try:
                found = opened.accept()[1] if kind == socket.SOCK_STREAM else opened.recvfrom(100)[1]
            except OSError:
                return
            self.connections.append(str(found))

    def _stat(self):
        # Not the number of links: a hostile upload may hold a hard link, which its folder takes along.
        states = [path.stat() for path in (self.canary, self.victim, self.folder)]
        return [(state.st_mode, state.st_uid, state.st_gid, state.st_mtime_ns) for state in states]

    def list_touched(self):
        """Name what was touched, in words."""
        touched = []
        if self.connections:
            touched.append(f"a listener was reached: {self.connections}")
        if self.sibling.poll() is not None:
            touched.append("the sibling process was killed")
        elif "T" in _read_state(self.sibling.pid):
            touched.append("the sibling process was stopped")
        if not self.victim.exists() or self.victim.read_text() != "as it was":
            touched.append("the victim file was changed")
        if not self.canary.exists() or self.canary.read_text() != self.secret:
            touched.append("the canary file was changed")
        if any(self.folder.iterdir()):
            touched.append(f"something was written: {[path.name for path in self.folder.iterdir()]}")
        if not touched and self._stat() != self._before:
            touched.append("owner, permissions or time of a canary were changed")
        return touched

    def close(self):
        """Take the canaries away."""
        self.sibling.kill()
        self.sibling.wait()
        os.environ.pop(SECRET_NAME, None)
        for opened in self._sockets:
            opened.close()


def _read_state(process):
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
