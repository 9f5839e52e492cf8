"""Machines on which the sandbox must hold, arranged on this one.

Run as a script in a process of its own: it changes what the process is allowed, starts a sandbox
there, lets every attempt of ``escape_attempts.py`` run in a fresh worker, and prints what came of it.
"""

from __future__ import annotations

import ast
import json
import os
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from grader.sandbox import Sandbox
from grader.sandbox.confinement import linux
from grader.sandbox.confinement.seccomp import Filter
from grader.sandbox.faults import Raised
from tests.sandbox.targets import Targets

ORDINARY_USER = 60_321
LANDLOCK = "landlock_create_ruleset"
_DENY = {  # system calls to refuse, on x86_64 and aarch64, with the error
    "unshare": ((272, 97), 1),
    "mount": ((165, 40), 13),
    "setns": ((308, 268), 1),
    LANDLOCK: ((444, 444), 38),
}
_OF_CONTAINERS = {
    0,
    1,
    3,
    4,
    5,
    6,
    7,
    8,
    10,
    13,
    18,
    27,
    29,
    31,
}  # the capabilities that Docker leaves to root
_CAPABILITIES = 41


@dataclass(frozen=True)
class Arrangement:
    """A machine.

    Attributes:
        level: The level that must be reported.
        user: An ordinary user; else root.
        container: Root has the capabilities of a container only.
        refused: System calls that the kernel refuses.
    """

    level: str
    user: bool = False
    container: bool = False
    refused: tuple[str, ...] = ()


ARRANGEMENTS = {
    "root": Arrangement("A"),
    "root that may not come back to its namespaces": Arrangement("A", refused=("setns",)),
    "root in a container": Arrangement("A", container=True),
    "root in a container without user namespaces": Arrangement("B", container=True, refused=("unshare",)),
    "root in a container without either": Arrangement("B'", container=True, refused=("unshare", LANDLOCK)),
    "user": Arrangement("A", user=True),
    "user without user namespaces": Arrangement("B", user=True, refused=("unshare",)),
    "user whose namespaces may not mount": Arrangement("B", user=True, refused=("mount",)),
    "user without Landlock": Arrangement("A", user=True, refused=(LANDLOCK,)),
    "user with neither": Arrangement("D", user=True, refused=("unshare", LANDLOCK)),
}
ATTEMPTS = Path(__file__).with_name("escape_attempts.py")


def attempt_names() -> list[str]:
    """The functions of ``escape_attempts.py`` that take the targets."""
    functions = [node for node in ast.parse(ATTEMPTS.read_text()).body if isinstance(node, ast.FunctionDef)]
    return [node.name for node in functions if [argument.arg for argument in node.args.args] == ["targets"]]


def run_arrangement(name: str) -> dict[str, object]:
    """Run an arrangement in a process of its own and return what it printed."""
    environment = os.environ | {"SECRET_OF_THE_GRADER": "in its environment"}
    done = subprocess.run(
        [sys.executable, "-c", f"from tests.sandbox.arrangements import main; main({name!r})"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=environment,
        cwd=Path(__file__).resolve().parents[2],
    )
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr[-2000:]}")
    return json.loads(done.stdout)


def main(name: str) -> None:
    """Arrange, start a sandbox, try everything, print."""
    arrangement = ARRANGEMENTS[name]
    if os.geteuid() == 0:
        _open_python()
    if arrangement.user and os.geteuid() == 0:
        _become_ordinary_user()
    if arrangement.container:
        for capability in set(range(_CAPABILITIES)) - _OF_CONTAINERS:
            linux.prctl(linux.PR_CAPBSET_DROP, capability)
    _refuse(arrangement.refused)
    with Sandbox.start(allow_weak=True) as sandbox, subprocess.Popen(["sleep", "60"]) as sibling:
        outcomes = {"imports": run_imports(sandbox)}
        if sandbox.isolation.is_sufficient:
            targets = Targets([os.getpid(), sandbox._warm.process_id, sibling.pid])
            outcomes |= run_attempts(sandbox, targets)
            targets.close()
        sibling.kill()
        print(json.dumps({"isolation": sandbox.isolation.as_dict(), "outcomes": outcomes}))


def run_attempts(sandbox: Sandbox, targets: Targets) -> dict[str, list[str]]:
    """Let every attempt run; what each got and what was hit, empty when contained."""
    unit = {"file": ATTEMPTS.name, "module": "escape_attempts", "cells": [ATTEMPTS.read_text()]}
    assembly = {"units": [unit], "provides": dict.fromkeys(attempt_names(), "escape_attempts")}
    outcomes = {}
    with sandbox.open_session(assembly) as session:
        for attempt in attempt_names():
            try:
                got = session.call(attempt, targets.described)
            except Raised as fault:
                refused = fault.type_name in ("PermissionError", "FileNotFoundError")
                got = [] if refused else [fault.summary]
            outcomes[attempt] = [str(item) for item in got] + targets.breaches()
    return outcomes


def run_imports(sandbox: Sandbox) -> list[str]:
    """What a worker cannot import of what it should be able to import late."""
    names = ["decimal", "email.mime.text", "scipy.optimize", "matplotlib.animation", "sqlite3"]
    source = "from importlib import import_module"
    with sandbox.open_session(
        {"units": [{"file": "a.py", "module": "a", "cells": [source]}], "provides": {"import_module": "a"}}
    ) as session:
        missing = []
        for name in names:
            try:
                session.call("import_module", name)
            except Raised as fault:
                missing.append(fault.summary)
    return missing


def _open_python() -> None:
    """Make this Python, its packages and the repository readable for every user, as they usually are."""
    linux.unshare(linux.CLONE_NEWNS)
    linux.mount(None, "/", None, linux.MS_REC | linux.MS_PRIVATE)
    places = {Path(sys.base_prefix), Path(sys.prefix), Path(__file__).resolve().parents[2]}
    closed = {place: _find_closed_folder(place) for place in places}
    for shield in {folder for folder in closed.values() if folder}:
        behind = [place for place, folder in closed.items() if folder == shield]
        kept = [os.open(place, os.O_PATH | os.O_DIRECTORY) for place in behind]
        linux.mount("tmpfs", str(shield), "tmpfs", 0, "mode=0755")
        for place, descriptor in zip(behind, kept, strict=True):
            place.mkdir(parents=True, exist_ok=True)
            linux.mount(f"/proc/self/fd/{descriptor}", str(place), None, linux.MS_BIND)
            os.close(descriptor)


def _find_closed_folder(place: Path) -> Path | None:
    """Return the outermost folder above a place that other users may not pass."""
    closed = [folder for folder in reversed(place.parents) if not folder.stat().st_mode & 0o001]
    return closed[0] if closed else None


def _become_ordinary_user() -> None:
    """Become a user that owns nothing."""
    os.setgroups([])
    os.setresgid(ORDINARY_USER, ORDINARY_USER, ORDINARY_USER)
    os.setresuid(ORDINARY_USER, ORDINARY_USER, ORDINARY_USER)
    linux.prctl(linux.PR_SET_DUMPABLE, 1)
    os.environ["HOME"] = "/nonexistent"


def _refuse(names: tuple[str, ...]) -> None:
    """Let the kernel refuse system calls to this process and all that it starts."""
    column = 0 if os.uname().machine == "x86_64" else 1
    program = [(0x20, 0, 0, 0)]
    for name in names:
        numbers, error = _DENY[name]
        program += [(0x15, 0, 1, numbers[column]), (0x06, 0, 0, 0x00050000 | error)]
    program.append((0x06, 0, 0, 0x7FFF0000))
    Filter(b"".join(struct.pack("=HBBI", *instruction) for instruction in program)).install()
