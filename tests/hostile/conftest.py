"""Canaries planted outside the sandbox, and the table of what was tried."""

import os
import secrets
import socket
import subprocess
import sys
import threading
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from grader.grading_run import LIMITS
from grader.sandbox import Sandbox
from tests.bank.canaries import Canaries
from tests.bank.paths import REPOSITORY

# Shorter than in earnest, so that two hundred attacks that wait for their end do not take an hour.
HOSTILE_LIMITS = replace(LIMITS, load_seconds=2.0, probe_seconds=2.0, call_seconds=2.0)
SECRET_NAME = "HW4_CANARY_SECRET"

_TRIED = defaultdict(list)


class Watch:
    """Everything an attack might touch, with the means to see whether it was touched."""

    def __init__(self, folder: Path) -> None:
        self.secret = secrets.token_hex(16)
        self.connections = []
        self.folder = folder / "folder"
        self.folder.mkdir()
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
            self.connections.append(found)

    def list_touched(self):
        """Name what was touched, in words."""
        touched = []
        if self.connections:
            touched.append(f"a listener was reached: {self.connections}")
        if self.sibling.poll() is not None:
            touched.append("the sibling process was killed")
        if not self.victim.exists() or self.victim.read_text() != "as it was":
            touched.append("the victim file was changed")
        if not self.canary.exists() or self.canary.read_text() != self.secret:
            touched.append("the canary file was changed")
        if any(self.folder.iterdir()):
            touched.append("something was written into the folder")
        return touched

    def close(self):
        """Take the canaries away."""
        self.sibling.kill()
        self.sibling.wait()
        os.environ.pop(SECRET_NAME, None)
        for opened in self._sockets:
            opened.close()


@pytest.fixture(scope="session")
def watch(tmp_path_factory):
    """The canaries."""
    watch = Watch(tmp_path_factory.mktemp("canaries"))
    watch.folder.chmod(0o777)
    yield watch
    watch.close()


@pytest.fixture(scope="session")
def sandbox(watch):
    """A warm sandbox with shorter limits, started beside the canaries."""
    with Sandbox.start(limits=HOSTILE_LIMITS) as warm:
        yield warm


@pytest.fixture
def note():
    """Note an attack for the table."""

    def add(kind, name, how):
        _TRIED[kind].append((name, how))

    return add


def pytest_terminal_summary(terminalreporter):
    """Print the table by class."""
    if not _TRIED:
        return
    terminalreporter.section("hostile submissions, by class")
    terminalreporter.line(f"{'class':16}{'tried':>7}{'contained':>11}   how, most often")
    failed = {report.nodeid for report in terminalreporter.getreports("failed")}
    for kind, attacks in _TRIED.items():
        broken = sum(any(f"[{kind}.{name}]" in node for node in failed) for name, _ in attacks)
        ways = defaultdict(int)
        for _, how in attacks:
            ways[how] += 1
        common = ", ".join(
            f"{how} ({count})" for how, count in sorted(ways.items(), key=lambda way: -way[1])[:4]
        )
        terminalreporter.line(f"{kind:16}{len(attacks):7}{len(attacks) - broken:11}   {common}")


def list_leftovers():
    """List processes of ours that are not this one, mounts, and files in temporary folders."""
    children = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                children.add((entry / "comm").read_text().strip() + ":" + entry.name)
            except OSError:
                continue
    mounts = set(Path("/proc/self/mounts").read_text().splitlines())
    files = {
        str(path)
        for folder in ("/tmp", "/dev/shm", "/var/tmp")
        if Path(folder).is_dir()
        for path in Path(folder).iterdir()
    }
    return children, mounts, files
