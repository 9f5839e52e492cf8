"""The layers by themselves: the plan, the filter and its numbers, the level that is named."""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from grader.sandbox.confinement import plan as layer
from grader.sandbox.confinement.seccomp import build_filter
from grader.sandbox.confinement.system_calls import DENIED, INSPECTED, TRUNCATING
from grader.sandbox.isolation import judge_level

HEADERS = {
    0: [Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"), Path("/usr/include/asm/unistd_64.h")],
    1: [Path("/usr/include/asm-generic/unistd.h")],
}
NEWER_THAN_MOST_HEADERS = 450


def fail_all(plan, *failures):
    for name in failures:
        plan = plan.after_failure(name, "refused")
    return plan


@pytest.fixture
def as_root(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)


@pytest.fixture
def as_user(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)


@pytest.mark.usefixtures("as_root")
def test_root_tries_namespaces_then_a_user_namespace_then_goes_without():
    """Landlock then has to do."""
    plan = layer.first_plan()
    assert layer.NAMESPACES in plan.layers
    assert layer.USER_NAMESPACE not in plan.layers
    plan = fail_all(plan, layer.NAMESPACES)
    assert plan.layers[:2] == (layer.USER_NAMESPACE, layer.NAMESPACES)
    assert not plan.missing
    plan = fail_all(plan, layer.USER_NAMESPACE)
    assert not {layer.USER_NAMESPACE, layer.NAMESPACES, layer.PRIVATE_PROC, layer.CHROOT} & set(plan.layers)
    assert plan.missing == {layer.NAMESPACES: "refused"}


@pytest.mark.usefixtures("as_root")
@pytest.mark.parametrize("order", [1, -1])
def test_root_without_namespaces_and_landlock_gets_a_chroot(order):
    """Whichever fails first; and when that fails too, nothing is tried again."""
    failures = [layer.LANDLOCK, layer.NAMESPACES, layer.NAMESPACES]
    plan = fail_all(layer.first_plan(), *failures[::order])
    assert layer.CHROOT in plan.layers
    plan = fail_all(plan, layer.CHROOT)
    assert layer.CHROOT not in plan.layers
    assert set(plan.missing) == {layer.NAMESPACES, layer.LANDLOCK, layer.CHROOT}


@pytest.mark.usefixtures("as_user")
def test_a_user_starts_with_a_user_namespace_and_never_gets_a_chroot():
    """What only root can do is not in the plan."""
    plan = layer.first_plan()
    assert layer.USER_NAMESPACE in plan.layers
    assert layer.UID not in plan.layers
    plan = fail_all(plan, layer.NAMESPACES, layer.LANDLOCK)
    assert not {layer.NAMESPACES, layer.USER_NAMESPACE, layer.CHROOT} & set(plan.layers)


@pytest.mark.usefixtures("as_root")
def test_excluded_layers_are_not_tried_another_way():
    """Excluding namespaces excludes the user namespace that would lead to them."""
    plan = layer.first_plan(frozenset({layer.NAMESPACES, layer.LANDLOCK, layer.CHROOT}))
    assert plan.layers == (layer.UID, layer.CAPABILITIES, layer.RLIMITS, layer.NO_NEW_PRIVS, layer.SECCOMP)
    assert set(plan.missing) == {layer.NAMESPACES, layer.LANDLOCK}


@pytest.mark.usefixtures("as_root")
def test_a_private_proc_that_is_refused_costs_no_more_than_itself():
    """As in containers that hide parts of their own /proc."""
    plan = fail_all(layer.first_plan(), layer.PRIVATE_PROC)
    assert layer.NAMESPACES in plan.layers
    assert set(plan.missing) == {layer.PRIVATE_PROC}


@pytest.mark.parametrize(
    ("layers", "escaped", "level"),
    [
        (("namespaces", "uid", "landlock"), set(), "A"),
        (("uid", "landlock"), set(), "B"),
        (("uid", "chroot"), set(), "B'"),
        (("uid",), {"read_outside", "see_others"}, "C"),
        (("uid",), {"network"}, "D"),
        (("namespaces", "landlock"), {"read_outside"}, "D"),
        ((), {"read_outside"}, "D"),
    ],
)
def test_the_level_is_what_the_self_test_bears_out(layers, escaped, level):
    """A layer that is in force but does not contain lowers the level."""
    names = {"read_outside", "write_outside", "network", "fork", "kill_others", "see_others", "memory"}
    assert judge_level(layers, {name: name not in escaped for name in names}) == level


@pytest.mark.parametrize("column", HEADERS)
def test_the_numbers_are_those_of_the_kernels_headers(column):
    """Every call that the headers of this machine know."""
    header = next((path for path in HEADERS[column] if path.exists()), None)
    if header is None:
        pytest.skip("no kernel headers here")
    found = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(?:\()?(\d+)", header.read_text())
    known = {name: int(number) for name, number in found}
    for name, numbers in (DENIED | TRUNCATING | INSPECTED).items():
        number = numbers[column]
        if number is None:
            assert name not in known
        elif name in known or number < NEWER_THAN_MOST_HEADERS:
            assert known[name] == number, name


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_a_filter_fits_the_kernel_and_its_jumps_stay_inside(machine):
    """At most 4096 instructions, each jump forward and within the program."""
    import struct

    program = build_filter(1, deny_truncation=True, machine=machine)
    instructions = list(struct.iter_unpack("=HBBI", program))
    assert len(instructions) < 4096
    for index, (code, if_true, if_false, _) in enumerate(instructions):
        if code & 0x07 == 0x05:
            assert index + 1 + max(if_true, if_false) < len(instructions)
    assert instructions[-1][0] == 0x06


def run_under_filter(body: str, *, deny_truncation: bool) -> subprocess.CompletedProcess[str]:
    code = f"""
import os, signal, sys
from grader.sandbox.confinement.seccomp import Filter, build_filter
folder = sys.argv[1]
Filter(build_filter(os.getpid(), deny_truncation={deny_truncation})).install()
{body}
"""
    return subprocess.run([sys.executable, "-c", code, "/tmp"], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("deny", "expected"), [(True, errno.EPERM), (False, 0)])
def test_files_cannot_be_emptied_where_landlock_is_too_old_to_say_so(tmp_path, deny, expected):
    """Opening to truncate, truncating by name, creating."""
    target = tmp_path / "file"
    target.write_text("kept")
    body = f"""
results = []
for attempt in (
    lambda: os.close(os.open({str(target)!r}, os.O_WRONLY | os.O_TRUNC)),
    lambda: os.truncate({str(target)!r}, 0),
):
    try:
        attempt()
        results.append(0)
    except OSError as error:
        results.append(error.errno)
print(results)
"""
    done = run_under_filter(body, deny_truncation=deny)
    assert done.stdout.strip() == str([expected, expected]), done.stderr
    assert target.read_text() == ("kept" if deny else "")


def test_threads_start_under_the_filter_and_processes_do_not():
    """The call is the same; the flags differ."""
    body = """
import threading
thread = threading.Thread(target=print, args=("thread",))
thread.start(); thread.join()
try:
    os.fork()
except PermissionError:
    print("no process")
os.kill(os.getpid(), 0)
print("own signal")
"""
    done = run_under_filter(body, deny_truncation=False)
    assert done.stdout.split("\n")[:3] == ["thread", "no process", "own signal"], done.stderr


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the x32 interface is x86_64's")
def test_calls_of_another_interface_kill():
    """x32 numbers would pass every comparison."""
    body = "import ctypes; ctypes.CDLL(None).syscall(ctypes.c_long(0x40000000 + 41), 2, 1, 0)"
    assert run_under_filter(body, deny_truncation=False).returncode == -signal.SIGSYS


@pytest.mark.usefixtures("as_root")
@pytest.mark.parametrize("kept", ["landlock", "seccomp", "uid", "rlimits"])
def test_every_layer_but_one_can_be_excluded(kept):
    """In whichever order they are named: the namespaces take the private /proc along."""
    plan = layer.first_plan(frozenset(layer.LAYERS) - {kept})
    assert plan.layers == (kept,)
