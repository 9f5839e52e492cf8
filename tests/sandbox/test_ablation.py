"""Each layer by itself, with all others off, holds what it is there for; without any, nothing is held.

Only attempts that the layer must hold are made, for what gets through would reach this machine.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from grader.sandbox import Limits, Sandbox
from grader.sandbox.confinement.plan import LAYERS
from grader.sandbox.faults import OutOfMemory, Raised, TimedOut
from tests.sandbox.arrangements import ATTEMPTS
from tests.sandbox.targets import Targets

pytestmark = pytest.mark.slow
OF_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can change users")
LIMITS = Limits(cpu_seconds=2, memory_bytes=128 << 20, open_files=64, file_bytes=1 << 20)
HARMLESS = (  # what may get through without a layer that holds it
    "read_canary",
    "read_canary_by_climbing",
    "read_our_packages",
    "see_other_processes",
    "connect_to_listeners",
    "open_sockets",
    "start_processes",
)
ALONE = {
    "namespaces": (
        "read_canary",
        "read_canary_by_climbing",
        "read_our_packages",
        "see_other_processes",
        "connect_to_listeners",
    ),
    "landlock": (
        "read_canary",
        "read_canary_by_other_names",
        "read_canary_by_climbing",
        "read_canary_through_proc",
        "list_outside",
        "read_our_packages",
        "write_outside",
    ),
    "seccomp": (
        "open_sockets",
        "connect_to_listeners",
        "use_messages_between_processes",
        "start_processes",
        "start_processes_by_system_call",
        "execute_another_program",
        "make_special_files",
        "leave_the_process_group",
        "outlive_the_supervisor",
        "use_wide_kernel_interfaces",
    ),
}
OWN = """
import os, subprocess, threading, time

def signal_and_read(processes, file):
    got = []
    for process in processes:
        try:
            os.kill(process, 0)
            got.append(process)
        except PermissionError:
            pass
    try:
        got.append(open(file).read())
    except PermissionError:
        pass
    return got

def use_privileges():
    got = []
    for name, action in (("chroot", lambda: os.chroot("/")), ("nice", lambda: os.nice(-1))):
        try:
            action()
            got.append(name)
        except PermissionError:
            pass
    return got

def allocate(size):
    return len(bytearray(size))

def open_files(count):
    return len([os.open("/dev/null", os.O_RDONLY) for _ in range(count)])

def burn():
    while True:
        pass

def run_program(path):
    return subprocess.run([path, "-u"], capture_output=True, text=True).stdout.strip()
"""


@contextmanager
def only(*layers):
    """Start a sandbox with these layers and no other."""
    excluded = set(LAYERS) - set(layers) - ({"user_namespace"} if "namespaces" in layers else set())
    with Sandbox.start(LIMITS, allow_weak=True, excluded=excluded) as sandbox:
        applied = set(sandbox.isolation.layers) - {"user_namespace"}
        if applied != set(layers):
            pytest.skip(f"this machine refuses: {sandbox.isolation.missing}")
        yield sandbox


def open_own(sandbox):
    """Open a session on the attempts above."""
    names = ("signal_and_read", "use_privileges", "allocate", "open_files", "burn", "run_program")
    unit = {"file": "a.py", "module": "a", "cells": [OWN]}
    return sandbox.open_session({"units": [unit], "provides": dict.fromkeys(names, "a")})


def attempt(sandbox, names):
    """Let attempts run; what each got and what was hit outside."""
    unit = {"file": ATTEMPTS.name, "module": "escape_attempts", "cells": [ATTEMPTS.read_text()]}
    assembly = {"units": [unit], "provides": dict.fromkeys(names, "escape_attempts")}
    outcomes = {}
    with (
        subprocess.Popen(["sleep", "60"]) as sibling,
        sandbox.open_session(assembly) as session,
    ):
        targets = Targets([os.getpid(), sandbox._warm.process_id, sibling.pid])
        for name in names:
            try:
                got = [str(item) for item in session.call(name, targets.described)]
            except Raised as fault:
                refused = fault.type_name in ("PermissionError", "FileNotFoundError")
                got = [] if refused else [fault.summary]
            outcomes[name] = got + targets.breaches()
        targets.close()
        sibling.kill()
    return outcomes


def test_without_any_layer_every_attempt_gets_through():
    """The attempts themselves work, and the level says that nothing holds."""
    with only() as sandbox:
        assert sandbox.isolation.level == "D"
        assert not sandbox.isolation.is_sufficient
        outcomes = attempt(sandbox, HARMLESS)
    assert [name for name, got in outcomes.items() if not got] == []


@pytest.mark.parametrize("layer", ALONE)
def test_a_layer_alone_holds_what_it_is_there_for(layer):
    """With every other layer off."""
    with only(layer) as sandbox:
        outcomes = attempt(sandbox, ALONE[layer])
    assert {name: got for name, got in outcomes.items() if got} == {}


@OF_ROOT
def test_the_user_id_alone_keeps_from_our_processes_and_files(tmp_path):
    """Signals and a file that only we may read; without the layer both get through."""
    secret = tmp_path / "secret"
    secret.write_text("ours")
    secret.chmod(0o600)
    for layers, expected in ((("uid",), []), ((), [os.getpid(), "ours"])):
        with only(*layers) as sandbox, open_own(sandbox) as session:
            assert session.call("signal_and_read", [os.getpid()], str(secret)) == expected


@OF_ROOT
def test_dropped_capabilities_alone_keep_root_from_privileges():
    """Root by name; without the layer it may."""
    for layers, expected in ((("capabilities",), []), ((), ["chroot", "nice"])):
        with only(*layers) as sandbox, open_own(sandbox) as session:
            assert session.call("use_privileges") == expected


def test_limits_alone_bound_memory_files_and_processor_time():
    """Each ends in its own words."""
    with only("rlimits") as sandbox:
        with open_own(sandbox) as session, pytest.raises(OutOfMemory):
            session.call("allocate", 2 * LIMITS.memory_bytes)
        with open_own(sandbox) as session, pytest.raises(Raised, match="Too many open files"):
            session.call("open_files", 2 * LIMITS.open_files)
        started = time.monotonic()
        with open_own(sandbox) as session, pytest.raises(TimedOut):
            session.call("burn")
        assert time.monotonic() - started < LIMITS.call_seconds + 5.0


@OF_ROOT
def test_no_new_privileges_alone_makes_set_user_id_programs_harmless():
    """A program that becomes root does not; without the layer it does."""
    folder = Path("/usr/local/lib/hw4-test-set-user-id")  # not a temporary folder: those are often nosuid
    folder.mkdir(mode=0o755)
    program = folder / "id"
    try:
        shutil.copy(shutil.which("id"), program)
        program.chmod(0o4755)
        with only("uid", "no_new_privs") as sandbox, open_own(sandbox) as session:
            assert session.call("run_program", str(program)) not in ("", "0")
        with only("uid") as sandbox, open_own(sandbox) as session:
            assert session.call("run_program", str(program)) == "0"
    finally:
        shutil.rmtree(folder)
