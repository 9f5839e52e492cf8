"""What a run could leave on the machine: processes, mounts, files, messages, open files."""

import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from grader.sandbox.confinement import linux

PR_SET_CHILD_SUBREAPER = 36
_SHARED_FOLDERS = ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run/lock")
_KINDS = ("shm", "msg", "sem")


def adopt_orphans(*, wanted: bool) -> None:
    """Let whatever this process started become its child when its own parent ends, so that none escapes."""
    linux.prctl(PR_SET_CHILD_SUBREAPER, int(wanted))


def list_descendants(process: int) -> dict[int, str]:
    """List every process under one, with its name."""
    parents, names = {}, {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            head, _, rest = (entry / "stat").read_text().rpartition(")")
        except OSError:
            continue
        names[int(entry.name)] = head.partition("(")[2]
        parents[int(entry.name)] = int(rest.split()[1])
    found, frontier = {}, {process}
    while frontier:
        frontier = {child for child, parent in parents.items() if parent in frontier}
        found |= {child: names[child] for child in frontier}
    return found


def _list_files(private: Path) -> set[str]:
    """List what stands in the private folder for temporary files, and what is no account's elsewhere.

    Other programs of this machine use the shared folders as well. What a worker left there belongs to
    a user id that no account has; what the grader leaves honours ``TMPDIR``, the private folder. An
    ordinary user's workers have no user id of their own: then everything new counts.
    """
    import pwd

    accounts = {account.pw_uid for account in pwd.getpwall()} if os.geteuid() == 0 else set()
    found = {str(path) for path in private.rglob("*")}
    for folder in map(Path, _SHARED_FOLDERS):
        if not folder.is_dir():
            continue
        for path in folder.iterdir():
            try:
                if path.lstat().st_uid not in accounts:
                    found.add(str(path))
            except FileNotFoundError:
                continue
    return found


def _list_messages() -> set[str]:
    """List the System V segments, queues and semaphores of the machine, without their counters."""
    found = set()
    for kind in _KINDS:
        try:
            lines = Path(f"/proc/sysvipc/{kind}").read_text().splitlines()[1:]
        except OSError:
            continue
        found |= {f"{kind} {' '.join(line.split()[:2])}" for line in lines}
    return found


def _list_open_files() -> list[str]:
    """Name the kind of every open file of this process; sockets and pipes are those to workers."""
    kinds = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            mode = entry.stat().st_mode
        except FileNotFoundError:  # the one that lists the folder
            continue
        kinds.append("socket" if stat.S_ISSOCK(mode) else "pipe" if stat.S_ISFIFO(mode) else "file")
    return sorted(kinds)


@dataclass(frozen=True)
class Machine:
    """The machine at one moment, as far as this process could have changed it."""

    processes: dict[int, str]
    mounts: frozenset[str]
    files: frozenset[str]
    messages: frozenset[str]
    open_files: tuple[str, ...]

    @classmethod
    def look(cls, private: Path) -> "Machine":
        """Look at the machine.

        Args:
            private: The folder that ``TMPDIR`` names.
        """
        mounts = Path("/proc/self/mountinfo").read_text().splitlines()
        return cls(
            list_descendants(os.getpid()),
            frozenset(mounts),
            frozenset(_list_files(private)),
            frozenset(_list_messages()),
            tuple(_list_open_files()),
        )

    def list_changes(self, before: "Machine") -> list[str]:
        """Name in words what is there now and was not before, or was and is not."""
        changes = [
            f"process {process} ({name})"
            for process, name in self.processes.items()
            if process not in before.processes
        ]
        for what in ("mounts", "files", "messages"):
            now, then = getattr(self, what), getattr(before, what)
            changes += [f"{what}: {entry}" for entry in sorted(now - then)]
            if what == "mounts":
                changes += [f"{what}: gone: {entry}" for entry in sorted(then - now)]
        if self.open_files != before.open_files:
            changes.append(f"open files: {list(before.open_files)} became {list(self.open_files)}")
        return changes


def use_private_folder(folder: Path, monkeypatch) -> None:
    """Let everything that this process and its children put into temporary files go into a folder."""
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
