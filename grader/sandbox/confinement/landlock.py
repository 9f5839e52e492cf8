"""Landlock: what a process may open, from the kernel's own rules; needs no privilege."""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING

from grader.sandbox.confinement import linux

if TYPE_CHECKING:
    from collections.abc import Iterable

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_ASK_VERSION = 1
_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_MAKE_CHARACTER_DEVICE, _MAKE_BLOCK_DEVICE = 1 << 6, 1 << 11
_FIRST_RIGHTS = (1 << 13) - 1
_REFER, _TRUNCATE, _IOCTL_DEVICE = 1 << 13, 1 << 14, 1 << 15
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEVICE
_BIND_AND_CONNECT_TCP = 3
_ABSTRACT_SOCKETS_AND_SIGNALS = 3

TRUNCATION_ABI = 3  # older kernels let a restricted process empty files


def landlock_abi() -> int:
    """Return the version of Landlock that the kernel offers, 0 for none."""
    try:
        return linux.system_call("landlock_create_ruleset", _CREATE_RULESET, None, 0, _ASK_VERSION)
    except OSError:
        return 0


def restrict_files(readable: Iterable[str], writable: Iterable[str], devices: Iterable[str]) -> int:
    """Forbid this process every file, folder, TCP port and outside process but these.

    Args:
        readable: Files and folders, with all that is beneath, to read.
        writable: Folders to read and write in.
        devices: Device nodes to read and write.

    Returns:
        The version of Landlock in force.

    Raises:
        OSError: The kernel has no Landlock or refuses.
    """
    abi = linux.system_call("landlock_create_ruleset", _CREATE_RULESET, None, 0, _ASK_VERSION)
    rights = _FIRST_RIGHTS
    for since, right in ((2, _REFER), (TRUNCATION_ABI, _TRUNCATE), (5, _IOCTL_DEVICE)):
        rights |= right if abi >= since else 0
    network = _BIND_AND_CONNECT_TCP if abi >= 4 else 0
    scope = _ABSTRACT_SOCKETS_AND_SIGNALS if abi >= 6 else 0
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    attributes = struct.pack("=QQQ", rights, network, scope)[:size]
    ruleset = linux.system_call("landlock_create_ruleset", _CREATE_RULESET, attributes, size, 0)
    try:
        _allow(ruleset, readable, rights & (_EXECUTE | _READ_FILE | _READ_DIR))
        _allow(ruleset, writable, rights & ~(_EXECUTE | _MAKE_CHARACTER_DEVICE | _MAKE_BLOCK_DEVICE))
        _allow(ruleset, devices, rights & (_READ_FILE | _WRITE_FILE | _IOCTL_DEVICE))
        linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
        linux.system_call("landlock_restrict_self", _RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return abi


def _allow(ruleset: int, paths: Iterable[str], rights: int) -> None:
    for path in paths:
        try:
            beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except (FileNotFoundError, PermissionError):  # what is not reachable needs no rule
            continue
        try:
            allowed = rights if os.path.isdir(path) else rights & _OF_FILES  # noqa: PTH112
            rule = struct.pack("=Qi", allowed, beneath)
            linux.system_call(f"landlock_add_rule {path}", _ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
        finally:
            os.close(beneath)
