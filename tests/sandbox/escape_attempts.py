"""What hostile student code tries. Loaded into a worker as a submission, never imported here.

Each function tries one way out and returns a list of what it got: empty means contained. The
argument names the targets outside; see ``targets.py``.
"""

# ruff: noqa: B023, BLE001, C417, E501, PERF401, PLW1510, PTH101, PTH102, PTH104, PTH108, PTH120, PTH123, PTH208, SIM105, SIM115  # hostile code has its own style

import ctypes
import errno
import fcntl
import os
import resource
import signal
import socket
import stat
import subprocess
import sys

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long

SYSTEM_CALLS = {
    "x86_64": {
        "ptrace": 101, "process_vm_readv": 310, "keyctl": 250, "bpf": 321, "perf_event_open": 298,
        "userfaultfd": 323, "io_uring_setup": 425, "memfd_create": 319, "shmget": 29, "msgget": 68, "semget": 64,
        "mq_open": 240, "unshare": 272, "setns": 308, "mount": 165, "chroot": 161, "pivot_root": 155, "clone": 56,
        "clone3": 435, "vfork": 58, "pidfd_open": 434, "open_by_handle_at": 304, "name_to_handle_at": 303,
        "personality": 135, "sethostname": 170, "reboot": 169, "setxattr": 188, "mknodat": 259, "fsopen": 430,
        "vmsplice": 278, "setpriority": 141, "syslog": 103, "quotactl": 179,
    },
    "aarch64": {
        "ptrace": 117, "process_vm_readv": 270, "keyctl": 219, "bpf": 280, "perf_event_open": 241,
        "userfaultfd": 282, "io_uring_setup": 425, "memfd_create": 279, "shmget": 194, "msgget": 186, "semget": 190,
        "mq_open": 180, "unshare": 97, "setns": 268, "mount": 40, "chroot": 51, "pivot_root": 41, "clone": 220,
        "clone3": 435, "pidfd_open": 434, "open_by_handle_at": 265, "name_to_handle_at": 264, "personality": 92,
        "sethostname": 161, "reboot": 142, "setxattr": 5, "mknodat": 33, "fsopen": 430, "vmsplice": 75,
        "setpriority": 140, "syslog": 116, "quotactl": 60,
    },
}[os.uname().machine]  # fmt: skip


def raw(name, *arguments):
    """Make a system call; True when the kernel carried it out."""
    words = [ctypes.c_long(word) if isinstance(word, int) else ctypes.c_char_p(word) for word in arguments]
    return libc.syscall(ctypes.c_long(SYSTEM_CALLS[name]), *words) >= 0


def works(action):
    """Whether an action raises nothing."""
    try:
        action()
    except BaseException:
        return False
    return True


def read(path):
    """The content of a file, or None."""
    try:
        with open(path, "rb") as file:
            return file.read(1 << 20)
    except BaseException:
        return None


def holds_secret(path, targets):
    content = read(path)
    return content is not None and targets["secret"].encode() in content


# reading


def read_canary(targets):
    return [path for path in targets["canaries"] if holds_secret(path, targets)]


def read_canary_by_other_names(targets):
    found = []
    for canary in targets["canaries"]:
        for number, make in enumerate((os.symlink, os.link, os.rename)):
            name = f"other_name_{number}"
            if works(lambda make=make, canary=canary, name=name: make(canary, name)) and holds_secret(
                name, targets
            ):
                found.append(f"{make.__name__} {canary}")
    return found


def read_canary_through_proc(targets):
    numbers = ["self", "1", "2", *map(str, targets["processes"])]
    paths = [f"/proc/{number}/root{canary}" for number in numbers for canary in targets["canaries"]]
    paths += [f"/proc/{number}/cwd{canary}" for number in numbers for canary in targets["canaries"]]
    return [path for path in paths if holds_secret(path, targets)]


def read_canary_by_climbing(targets):
    up = "../" * 40
    folder = os.open("." if works(lambda: os.listdir(".")) else "/", os.O_PATH)
    found = [canary for canary in targets["canaries"] if holds_secret(up + canary, targets)]
    for canary in targets["canaries"]:
        if works(lambda canary=canary: os.close(os.open(up + canary, os.O_RDONLY, dir_fd=folder))):
            found.append(f"dir_fd {canary}")
    os.close(folder)
    return found


def list_outside(targets):
    folders = (
        [os.path.dirname(path) for path in targets["canaries"]]
        + targets["packages"]
        + ["/home", "/etc", "/var"]
    )
    skeleton = {"ld.so.cache", "localtime"}  # a private root may show these in its own /etc
    return [
        path
        for path in folders
        if works(lambda path=path: os.listdir(path)) and set(os.listdir(path)) - skeleton
    ]


def read_our_packages(targets):
    files = [
        f"{package}/{name}"
        for package in targets["packages"]
        for name in ("__init__.py", "lab1.py", "cli.py")
    ]
    return [path for path in files if read(path) is not None]


def import_our_packages(targets):
    names = ("reference", "reference.lab1", "grader.suites", "grader.cli", "tests", "student.lab1")
    return [name for name in names if works(lambda name=name: __import__(name))]


def find_secrets_in_memory(targets):
    import gc

    modules = [name for name in sys.modules if name.startswith(("reference", "grader.suites", "tests"))]
    texts = [item for item in gc.get_objects() if isinstance(item, dict) and "SECRET_OF_THE_GRADER" in item]
    return modules + [f"{len(texts)} dicts"] * bool(texts)


def read_environment_of_the_grader(targets):
    found = [name for name in os.environ if name.startswith("SECRET")]
    numbers = ["self", *map(str, range(1, 50)), *map(str, targets["processes"])]
    return found + [number for number in numbers if b"SECRET" in (read(f"/proc/{number}/environ") or b"")]


def use_inherited_files(targets):
    found = []
    for number in range(1024):
        try:
            state = os.fstat(number)
        except OSError:
            continue
        if number > 3:
            found.append(f"{number} {stat.filemode(state.st_mode)}")
    return found


def read_memory_of_others(targets):
    found = [
        f"mem {process}"
        for process in targets["processes"]
        if works(lambda: open(f"/proc/{process}/mem", "rb"))
    ]
    buffer = ctypes.create_string_buffer(8)
    vector = (ctypes.c_uint64 * 2)(ctypes.addressof(buffer), 8)
    for process in [*targets["processes"], 1]:
        address = ctypes.addressof(vector)
        if raw("process_vm_readv", process, address, 1, address, 1, 0):
            found.append(f"process_vm_readv {process}")
        if raw("ptrace", 16, process, 0, 0):
            found.append(f"ptrace {process}")
    return found


def see_other_processes(targets):
    found = [process for process in targets["processes"] if read(f"/proc/{process}/comm") is not None]
    try:
        found += [name for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]
    except OSError:
        pass
    return found


# writing


def write_outside(targets):
    found = []
    for path in (
        *targets["canaries"],
        targets["new_file"],
        "/dev/shm/written",
        "/var/tmp/written",
        "/etc/written",
    ):
        for flags in (
            os.O_WRONLY | os.O_CREAT,
            os.O_WRONLY,
            os.O_RDWR,
            os.O_WRONLY | os.O_TRUNC,
            os.O_WRONLY | os.O_APPEND,
        ):
            if works(lambda path=path, flags=flags: os.close(os.open(path, flags))):
                found.append(f"open {path} {flags:#x}")
    return found


def change_files_outside(targets):
    found = []
    for path in targets["canaries"]:
        for change in (
            lambda path=path: os.truncate(path, 0),
            lambda path=path: os.chmod(path, 0o777),
            lambda path=path: os.chown(path, os.getuid(), os.getgid()),
            lambda path=path: os.utime(path, (0, 0)),
            lambda path=path: os.unlink(path),
            lambda path=path: os.rename(path, path + ".moved"),
            lambda path=path: os.setxattr(path, "user.written", b"1"),
            lambda path=path: os.mkdir(path + ".folder"),
        ):
            if works(change):
                found.append(path)
    return found


def change_the_libraries(targets):
    paths = (os.__file__, sys.modules["numpy"].__file__, sys.modules["torch"].__file__)
    found = [path for path in paths if works(lambda path=path: open(path, "ab"))]
    folders = {os.path.dirname(path) for path in paths}
    return found + [
        path for path in folders if works(lambda path=path: open(f"{path}/sitecustomize.py", "w"))
    ]


def write_to_the_kernel(targets):
    paths = (
        "/proc/sysrq-trigger",
        "/proc/sys/kernel/hostname",
        "/proc/self/oom_score_adj",
        "/dev/kmsg",
        "/dev/mem",
        "/dev/tty",
    )
    return [path for path in paths if works(lambda path=path: open(path, "wb"))]


def make_special_files(targets):
    found = []
    for kind in (stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO):
        if works(lambda kind=kind: os.mknod("special", kind | 0o666, os.makedev(1, 3))):
            found.append(oct(kind))
    return found


# network and messages


def connect_to_listeners(targets):
    found = []
    for family, address in (
        (socket.AF_INET, ("127.0.0.1", targets["tcp_port"])),
        (socket.AF_UNIX, "\0" + targets["abstract"]),
    ):
        if works(
            lambda family=family, address=address: socket.socket(family, socket.SOCK_STREAM).connect(address)
        ):
            found.append(str(address))
    if works(
        lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(
            b"x", ("127.0.0.1", targets["udp_port"])
        )
    ):
        found.append("udp")
    return found


def open_sockets(targets):
    families = (1, 2, 10, 16, 17, 29, 31, 38, 40, 44)
    kinds = (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW)
    return [
        f"{family} {kind}"
        for family in families
        for kind in kinds
        if works(lambda f=family, k=kind: socket.socket(f, k))
    ]


def make_a_socket_pair_reach_out(targets):
    ours, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    found = ["abstract"] if works(lambda: ours.sendto(b"x", "\0" + targets["abstract_datagram"])) else []
    return found + (["bind"] if works(lambda: ours.bind("\0worker")) else [])


def use_messages_between_processes(targets):
    found = ["shm"] if raw("shmget", 0x1234, 4096, 0o1666) else []
    found += ["msg"] if raw("msgget", 0x1234, 0o1666) else []
    found += ["sem"] if raw("semget", 0x1234, 1, 0o1666) else []
    return found + (["mq"] if raw("mq_open", b"written", os.O_CREAT | os.O_RDWR, 0o666, 0) else [])


# processes


def start_processes(targets):
    found = []
    try:
        if os.fork() == 0:
            os._exit(0)
        found.append("fork")
    except OSError:
        pass
    for name, start in (
        ("subprocess", lambda: subprocess.run(["/bin/true"])),
        ("posix_spawn", lambda: os.posix_spawn("/bin/true", ["true"], {})),
        ("system", lambda: os.system("true") == 0 or 1 / 0),
    ):
        if works(start):
            found.append(name)
    return found


def start_processes_by_system_call(targets):
    found = []
    for name, arguments in (("clone", (signal.SIGCHLD, 0, 0, 0, 0)), ("clone3", (bytes(64), 64))):
        result = libc.syscall(
            ctypes.c_long(SYSTEM_CALLS[name]),
            *map(lambda a: a if isinstance(a, bytes) else ctypes.c_long(a), arguments),
        )
        if result == 0:
            os._exit(0)
        found += [name] if result > 0 else []
    return found


def execute_another_program(targets):
    os.execv(sys.executable or "/usr/bin/python3", ["python", "-c", "pass"])
    return ["execv"]


def signal_others(targets):
    found = []
    for process in [*targets["processes"], os.getppid(), -1, 0]:
        if works(lambda process=process: os.kill(process, 0)):
            found.append(f"kill {process}")
    for process in targets["processes"]:
        if works(lambda process=process: signal.pidfd_send_signal(os.pidfd_open(process), 0)):
            found.append(f"pidfd {process}")
    return found


def let_the_kernel_signal_others(targets):
    receiver, sender = os.pipe()
    found = []
    for process in targets["processes"]:
        if works(lambda process=process: fcntl.fcntl(receiver, fcntl.F_SETOWN, process)):
            found.append(f"F_SETOWN {process}")
    if works(lambda: fcntl.fcntl(receiver, 10, signal.SIGKILL)):
        found.append("F_SETSIG")
    os.close(sender)
    return found


def slow_others_down(targets):
    found = []
    for process in targets["processes"]:
        for name, change in (
            ("affinity", lambda process=process: os.sched_setaffinity(process, {0})),
            ("priority", lambda process=process: os.setpriority(os.PRIO_PROCESS, process, 19)),
            (
                "scheduler",
                lambda process=process: os.sched_setscheduler(process, os.SCHED_IDLE, os.sched_param(0)),
            ),
            ("limits", lambda process=process: resource.prlimit(process, resource.RLIMIT_NOFILE, (8, 8))),
        ):
            if works(change):
                found.append(f"{name} {process}")
    if works(lambda: os.setpriority(os.PRIO_USER, 0, 19)):
        found.append("priority of the user")
    return found


def leave_the_process_group(targets):
    return [name for name in ("setsid", "setpgrp") if works(getattr(os, name))]


def outlive_the_supervisor(targets):
    return ["PR_SET_PDEATHSIG"] if libc.prctl(1, 0, 0, 0, 0) == 0 else []


# privileges and limits


def gain_privileges(targets):
    found = [
        name
        for name in ("setuid", "setgid", "seteuid")
        if works(lambda name=name: getattr(os, name)(0)) and 0 in (os.getuid(), os.getegid())
    ]
    status = (read("/proc/self/status") or b"").decode()
    for line in status.splitlines():
        if line.startswith(("CapPrm", "CapEff", "CapInh", "CapAmb")) and int(line.split()[1], 16):
            found.append(line)
        if line.startswith("NoNewPrivs") and line.split()[1] != "1":
            found.append(line)
    return found


def leave_the_namespaces(targets):
    found = [f"unshare {flag:#x}" for flag in (0x20000, 0x10000000, 0x40000000) if raw("unshare", flag)]
    found += ["chroot"] if works(lambda: os.chroot(".")) else []
    found += ["mount"] if raw("mount", b"none", b"/tmp", b"tmpfs", 0, None) else []
    found += ["fsopen"] if raw("fsopen", b"tmpfs", 0) else []
    for process in targets["processes"]:
        if works(lambda process=process: os.close(os.open(f"/proc/{process}/ns/mnt", os.O_RDONLY))):
            found.append(f"ns of {process}")
    return found


def raise_limits(targets):
    found = []
    for name in ("RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_NOFILE", "RLIMIT_FSIZE", "RLIMIT_CORE"):
        number = getattr(resource, name)
        hard = resource.getrlimit(number)[1]
        if works(lambda number=number, hard=hard: resource.setrlimit(number, (hard + 1, hard + 1))):
            found.append(name)
        if hard == resource.RLIM_INFINITY:
            found.append(f"{name} is not set")
    return found


def use_wide_kernel_interfaces(targets):
    found = []
    for name, arguments in (
        ("keyctl", (0, -3, 1)),
        ("bpf", (0, bytes(64), 64)),
        ("perf_event_open", (bytes(128), 0, -1, -1, 0)),
        ("userfaultfd", (1,)),
        ("io_uring_setup", (1, bytes(256))),
        ("memfd_create", (b"memory", 0)),
        ("personality", (0x0040000,)),
        ("sethostname", (b"name", 4)),
        ("syslog", (10, None, 0)),
        ("open_by_handle_at", (-100, bytes(128), 0)),
        ("name_to_handle_at", (-100, b"/", bytes(136), bytes(8), 0)),
    ):
        if raw(name, *arguments):
            found.append(name)
        elif ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS):
            found.append(f"{name} reached the kernel: {errno.errorcode[ctypes.get_errno()]}")
    return found
