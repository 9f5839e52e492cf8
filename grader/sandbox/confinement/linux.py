"""The few system calls that Python does not offer."""

from __future__ import annotations

import ctypes
import os

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_REMOUNT = 32
MS_NOATIME = 1024
MS_NODIRATIME = 2048
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18
MS_RELATIME = 1 << 21
MNT_DETACH = 2

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def check(result: int, what: str) -> int:
    """Return the result of a C call, or raise the error that it left.

    Raises:
        OSError: The result is negative; the text names the call.
    """
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def prctl(operation: int, argument: int = 0, second: int = 0) -> int:
    """Change an attribute of this process, with plain numbers.

    Raises:
        OSError: The kernel refuses.
    """
    numbers = [ctypes.c_ulong(number) for number in (argument, second, 0, 0)]
    return check(_libc.prctl(operation, *numbers), f"prctl({operation})")


def unshare(flags: int) -> None:
    """Leave the namespaces of the parent; a new pid namespace begins with the next child.

    Raises:
        OSError: The kernel refuses.
    """
    check(_libc.unshare(flags), "unshare")


def set_namespace(descriptor: int, kind: int) -> None:
    """Enter a namespace that a file in ``/proc/<process>/ns`` stands for; a pid namespace is for children.

    Raises:
        OSError: The kernel refuses.
    """
    check(_libc.setns(descriptor, kind), "setns")


def mount(source: str | None, target: str, kind: str | None, flags: int = 0, options: str = "") -> None:
    """Mount a file system, or change how one is mounted.

    Raises:
        OSError: The kernel refuses; the text names the target.
    """
    arguments = [text if text is None else os.fsencode(text) for text in (source, target, kind)]
    check(_libc.mount(*arguments, ctypes.c_ulong(flags), options.encode()), f"mount on {target}")


def unmount(target: str, flags: int = 0) -> None:
    """Call umount2(2).

    Raises:
        OSError: The kernel refuses; the text names the target.
    """
    check(_libc.umount2(os.fsencode(target), flags), f"unmount {target}")


def system_call(name: str, number: int, *arguments: int | bytes | None) -> int:
    """Call the kernel directly.

    Args:
        name: For the error.
        number: The call's number on this architecture.
        arguments: Numbers, or bytes and None as pointers.

    Raises:
        OSError: The kernel refuses.
    """
    words = [ctypes.c_long(word) if isinstance(word, int) else ctypes.c_char_p(word) for word in arguments]
    return check(_libc.syscall(ctypes.c_long(number), *words), name)


def exit_on_signal(signal_number: int) -> None:
    """Let the C library's ``_exit`` handle a signal: the process ends with the signal's number as status.

    The first process of a pid namespace ignores a signal that it sends itself as long as it has
    no handler, and a Python handler runs too late for ``abort``.
    """
    _libc.signal(ctypes.c_int(signal_number), ctypes.cast(_libc._exit, ctypes.c_void_p))  # noqa: SLF001
