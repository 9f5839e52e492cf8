"""A seccomp filter for workers, assembled as classic BPF."""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from itertools import chain

from grader.sandbox.confinement import linux
from grader.sandbox.confinement.system_calls import (
    ARCHITECTURES,
    DENIED,
    INSPECTED,
    SIGNALLING,
    STEERING,
    TRUNCATING,
    refusal,
)

_LOAD, _IF_EQUAL, _IF_AT_LEAST, _IF_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in the kernel's struct seccomp_data
_X32 = 0x40000000
_MODE_FILTER = 2

_CLONE_THREAD = 0x10000
_TIOCSTI, _TIOCLINUX, _FIOSETOWN, _SIOCSPGRP = 0x5412, 0x541C, 0x8901, 0x8902
_F_SETOWN, _F_SETSIG, _F_SETOWN_EX = 8, 10, 15

Instruction = tuple[int, int, int, int]


def build_filter(process: int, *, deny_truncation: bool, machine: str | None = None) -> bytes:
    """Assemble the filter.

    Args:
        process: The worker's id as it sees itself: the only process it may signal.
        deny_truncation: Also refuse to open a file so that it is emptied (for old Landlock).
        machine: The architecture as ``uname -m`` says it; None for this one.

    Returns:
        The program, eight bytes an instruction.

    Raises:
        KeyError: The architecture is not known here.
    """
    column, audit_name = ARCHITECTURES[machine or os.uname().machine]
    prologue = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_IF_EQUAL, 1, 0, audit_name),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_IF_AT_LEAST, 0, 1, _X32 if column == 0 else 0xFFFFFFFF),
        (_RETURN, 0, 0, _KILL),
    ]
    denied = DENIED | TRUNCATING if deny_truncation else DENIED
    blocks = [_deny(numbers[column], refusal(name)) for name, numbers in denied.items()]
    numbers = {name: columns[column] for name, columns in INSPECTED.items()}
    blocks.append(
        _deny(numbers["clone3"], errno.ENOSYS)
    )  # its flags are out of reach; the C library uses clone
    blocks.append(_inspect(numbers["clone"], 0, [(_IF_ANY_BIT, _CLONE_THREAD)], allow=True))
    itself = [(_IF_EQUAL, process)]
    blocks += [_inspect(numbers[name], 0, itself, allow=True) for name in SIGNALLING]
    blocks += [_inspect(numbers[name], 0, [(_IF_EQUAL, 0), *itself], allow=True) for name in STEERING]
    blocks.append(_inspect(numbers["prctl"], 0, [(_IF_EQUAL, linux.PR_SET_PDEATHSIG)], allow=False))
    terminal = [(_IF_EQUAL, request) for request in (_TIOCSTI, _TIOCLINUX, _FIOSETOWN, _SIOCSPGRP)]
    blocks.append(_inspect(numbers["ioctl"], 1, terminal, allow=False))
    signals = [(_IF_EQUAL, command) for command in (_F_SETOWN, _F_SETSIG, _F_SETOWN_EX)]
    blocks.append(_inspect(numbers["fcntl"], 1, signals, allow=False))
    if deny_truncation:
        for name, position in (("open", 1), ("openat", 2)):
            blocks.append(_inspect(numbers[name], position, [(_IF_ANY_BIT, os.O_TRUNC)], allow=False))
    program = [*prologue, *chain.from_iterable(blocks), (_RETURN, 0, 0, _ALLOW)]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


def _deny(number: int | None, error: int) -> list[Instruction]:
    if number is None:  # not a call of this architecture
        return []
    return [(_IF_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ERROR | error)]


def _inspect(
    number: int | None, position: int, conditions: list[tuple[int, int]], *, allow: bool
) -> list[Instruction]:
    """Decide a call by the lower half of one argument: ``allow`` says what a match means."""
    if number is None:
        return []
    matched, otherwise = (_ALLOW, _ERROR | errno.EPERM) if allow else (_ERROR | errno.EPERM, _ALLOW)
    tests = [(test, len(conditions) - index, 0, operand) for index, (test, operand) in enumerate(conditions)]
    block = [
        (_LOAD, 0, 0, _FIRST_ARGUMENT + 8 * position),
        *tests,
        (_RETURN, 0, 0, otherwise),
        (_RETURN, 0, 0, matched),
    ]
    return [(_IF_EQUAL, 0, len(block), number), *block]


class Filter:
    """A filter in the form that the kernel takes, made before the process that it is for.

    Args:
        program: See `build_filter`.
    """

    def __init__(self, program: bytes) -> None:
        self._instructions = ctypes.create_string_buffer(program, len(program))
        description = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(self._instructions))
        self._description = ctypes.create_string_buffer(description, len(description))

    def install(self) -> None:
        """Put this process, for good, under the filter.

        Raises:
            OSError: The kernel refuses.
        """
        linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
        linux.prctl(linux.PR_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(self._description))
