"""Giving up what a process was allowed: identity, capabilities, resources."""

from __future__ import annotations

import os
import resource
import struct
from pathlib import Path
from typing import TYPE_CHECKING

from grader.sandbox.confinement import linux

if TYPE_CHECKING:
    from grader.sandbox.limits import Limits

_FIRST_WORKER_UID = 0x7000_0000  # far above accounts, containers and systemd's dynamic users
_LARGE_RANGE = 1 << 22  # as many as there can be processes
_SMALL_WORKER_UID, _SMALL_RANGE = 60_600, 4_900  # for user namespaces that map 65536 ids
_CAPSET = {"x86_64": 126, "aarch64": 91}
_CAPABILITY_VERSION_3 = 0x20080522
_LAST_CAPABILITY = 63
_MESSAGE_QUEUE_BYTES = 0
_LOCKED_BYTES = 64 << 10
_STATISTICS_BYTES = 4096


def find_worker_uids() -> range:
    """Find user ids that the current user namespace maps and that nobody has.

    A worker takes the one at the place of the id of a process that lives as long as it does.
    """
    for line in Path("/proc/self/uid_map").read_text(encoding="ascii").splitlines():
        inside, _, count = map(int, line.split())
        if inside <= _FIRST_WORKER_UID and _FIRST_WORKER_UID + _LARGE_RANGE < inside + count:
            return range(_FIRST_WORKER_UID, _FIRST_WORKER_UID + _LARGE_RANGE)
    return range(_SMALL_WORKER_UID, _SMALL_WORKER_UID + _SMALL_RANGE)


def drop_identity(uid: int) -> None:
    """Become an unknown user in an unknown group, for good.

    Raises:
        OSError: The process may not change its identity.
    """
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def drop_capabilities() -> None:
    """Empty every set of capabilities of this process.

    Raises:
        OSError: The kernel refuses.
        KeyError: The machine is of an architecture that is not known here.
    """
    for capability in range(_LAST_CAPABILITY + 1):
        try:
            linux.prctl(linux.PR_CAPBSET_DROP, capability)
        except OSError:  # unknown to this kernel, or not ours to drop: then it is not held either
            break
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    linux.system_call("capset", _CAPSET[os.uname().machine], header, bytes(24))


def mapped_bytes() -> int:
    """Return the size of the address space of this process."""
    descriptor = os.open("/proc/self/statm", os.O_RDONLY)
    pages = os.read(descriptor, _STATISTICS_BYTES).split()[0]
    os.close(descriptor)
    return int(pages) * resource.getpagesize()


def set_resource_limits(limits: Limits, baseline_bytes: int, *, own_user: bool) -> None:
    """Set the limits that the kernel keeps for one process.

    Args:
        limits: What the worker may use.
        baseline_bytes: What the process has mapped already; ``memory_bytes`` come on top.
        own_user: No other process has this user id, so that its tasks can be counted.
    """
    caps = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: limits.file_bytes,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_MEMLOCK: _LOCKED_BYTES,
        resource.RLIMIT_MSGQUEUE: _MESSAGE_QUEUE_BYTES,
        resource.RLIMIT_CPU: limits.cpu_seconds,
    }
    if limits.bounds_address_space:
        caps[resource.RLIMIT_AS] = baseline_bytes + limits.memory_bytes
    if own_user:
        caps[resource.RLIMIT_NPROC] = limits.processes
    for name, value in caps.items():
        hard = resource.getrlimit(name)[1]
        cap = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(name, (cap, cap))
