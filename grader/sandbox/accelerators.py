"""The accelerator of this machine, as the driver's own library (NVML) shows it; CUDA is not started here."""

from __future__ import annotations

import ctypes
import os
import stat
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_LIBRARY = "libnvidia-ml.so.1"
_DRIVER = "libcuda.so.1"
_DRIVER_FOLDERS = (
    "/usr/local/nvidia/lib64",
    "/usr/local/nvidia/lib",
    "/usr/local/cuda/compat",
    "/usr/lib/wsl/lib",
)
_NEEDED_NODES, _WELCOME_NODES = ("nvidiactl", "nvidia-uvm"), ("nvidia-uvm-tools",)
_NAME_BYTES, _MOST_PROCESSES = 96, 512
_UNKNOWN_BYTES = (1 << 64) - 1
_PARTITIONED = "MIG-"


NO_DRIVER = "this machine has no NVIDIA driver"


class NoAcceleratorError(Exception):
    """There is no accelerator that a worker may use; the text says why."""


class _Memory(ctypes.Structure):
    _fields_ = (("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong))


class _Process(ctypes.Structure):
    _fields_ = (
        ("pid", ctypes.c_uint),
        ("used", ctypes.c_ulonglong),
        ("gpu_instance", ctypes.c_uint),
        ("compute_instance", ctypes.c_uint),
    )


@dataclass(frozen=True, slots=True)
class Accelerator:
    """One CUDA device, and what a worker needs to reach it and no other.

    Attributes:
        uuid: What the driver knows it by; a worker's ``CUDA_VISIBLE_DEVICES``.
        name: The product's name.
        total_bytes: Its memory.
        nodes: The device nodes: of the driver, and of this device alone.
        libraries: Folders of the driver's libraries that stand outside the system's own.
    """

    uuid: str
    name: str
    total_bytes: int
    nodes: tuple[str, ...]
    libraries: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


class DriverLibrary:
    """The few functions of NVML that are needed.

    Args:
        library: The loaded library; the machine's own when None.

    Raises:
        NoAcceleratorError: There is no such library, or no driver behind it.
    """

    def __init__(self, library: Any = None) -> None:
        if library is None:
            try:
                library = ctypes.CDLL(_LIBRARY)
            except OSError as error:
                raise NoAcceleratorError(NO_DRIVER) from error
        self._library = library
        self._call("nvmlInit_v2")

    def _call(self, name: str, *arguments: Any) -> None:
        status = getattr(self._library, name)(*arguments)
        if status:
            raise NoAcceleratorError(f"the NVIDIA driver does not answer: {name} gave status {status}")

    def _find_handle(self, uuid: str) -> ctypes.c_void_p:
        handle = ctypes.c_void_p()
        self._call("nvmlDeviceGetHandleByUUID", uuid.encode(), ctypes.byref(handle))
        return handle

    def list_devices(self) -> list[tuple[str, str, int, int]]:
        """List the devices in the order of their places on the bus: uuid, name, number of the node, bytes.

        Raises:
            NoAcceleratorError: The driver does not answer.
        """
        count = ctypes.c_uint()
        self._call("nvmlDeviceGetCount_v2", ctypes.byref(count))
        return [self._describe(index) for index in range(count.value)]

    def _describe(self, index: int) -> tuple[str, str, int, int]:
        handle, number, memory = ctypes.c_void_p(), ctypes.c_uint(), _Memory()
        texts = [ctypes.create_string_buffer(_NAME_BYTES) for _ in range(2)]
        self._call("nvmlDeviceGetHandleByIndex_v2", index, ctypes.byref(handle))
        for name, text in zip(("nvmlDeviceGetUUID", "nvmlDeviceGetName"), texts, strict=True):
            self._call(name, handle, text, _NAME_BYTES)
        self._call("nvmlDeviceGetMinorNumber", handle, ctypes.byref(number))
        self._call("nvmlDeviceGetMemoryInfo", handle, ctypes.byref(memory))
        uuid, name = (text.value.decode("ascii", "replace") for text in texts)
        return uuid, name, number.value, memory.total

    def is_partitioned(self, uuid: str) -> bool:
        """Tell whether a device is cut into MIG partitions."""
        now, later = ctypes.c_uint(), ctypes.c_uint()
        try:
            self._call(
                "nvmlDeviceGetMigMode", self._find_handle(uuid), ctypes.byref(now), ctypes.byref(later)
            )
        except NoAcceleratorError:  # a device that knows no partitions
            return False
        return bool(now.value)

    def count_used(self, uuid: str) -> int:
        """Count the bytes in use on a device, by whomever."""
        memory = _Memory()
        self._call("nvmlDeviceGetMemoryInfo", self._find_handle(uuid), ctypes.byref(memory))
        return int(memory.used)

    def count_used_by(self, uuid: str, process: int) -> int | None:
        """Count the bytes that a process uses on a device; None where the driver does not tell.

        In a container the driver may know processes by other numbers, or show none.
        """
        count = ctypes.c_uint(_MOST_PROCESSES)
        found = (_Process * _MOST_PROCESSES)()
        self._call(
            "nvmlDeviceGetComputeRunningProcesses_v3", self._find_handle(uuid), ctypes.byref(count), found
        )
        own = [entry.used for entry in found[: count.value] if entry.pid == process]
        return own[0] if own and own[0] != _UNKNOWN_BYTES else None


def find_accelerator(
    library: DriverLibrary | None = None, devices: Path = Path("/dev"), visible: str | None = None
) -> Accelerator:
    """Find the device that workers may use: the first that ``CUDA_VISIBLE_DEVICES`` leaves.

    Args:
        library: The driver's library; the machine's own when None.
        devices: Where device nodes are.
        visible: Instead of the variable of this process.

    Returns:
        The device.

    Raises:
        NoAcceleratorError: There is none, or none that a worker could be given alone.
    """
    library = library or DriverLibrary()
    found = library.list_devices()
    if not found:
        raise NoAcceleratorError("the NVIDIA driver shows no device")
    uuid, name, number, total = _choose(
        found, os.environ.get("CUDA_VISIBLE_DEVICES") if visible is None else visible
    )
    if library.is_partitioned(uuid):
        raise NoAcceleratorError(f"{name} is cut into MIG partitions, which workers cannot be given")
    needed = [devices / node for node in (*_NEEDED_NODES, f"nvidia{number}")]
    missing = [str(node) for node in needed if not _is_device(node)]
    if missing:
        raise NoAcceleratorError(f"found no device node {', '.join(missing)}")
    welcome = [devices / node for node in _WELCOME_NODES]
    nodes = tuple(str(node) for node in [*needed, *filter(_is_device, welcome)])
    return Accelerator(uuid, name, total, nodes, _find_libraries())


def _choose(found: list[tuple[str, str, int, int]], visible: str | None) -> tuple[str, str, int, int]:
    if visible is None:
        return found[0]
    wanted = visible.split(",")[0].strip()
    if not wanted or wanted == "-1":
        raise NoAcceleratorError("CUDA_VISIBLE_DEVICES hides every device")
    if wanted.startswith(_PARTITIONED):
        raise NoAcceleratorError("CUDA_VISIBLE_DEVICES names a MIG partition, which workers cannot be given")
    if wanted.isdecimal():
        matching = found[int(wanted) : int(wanted) + 1]
    else:
        matching = [device for device in found if device[0].startswith(wanted)]
    if len(matching) != 1:
        raise NoAcceleratorError(f"CUDA_VISIBLE_DEVICES names {wanted}, found {len(found)} devices")
    return matching[0]


def _is_device(path: Path) -> bool:
    try:
        return stat.S_ISCHR(path.stat().st_mode)
    except OSError:
        return False


def _find_libraries() -> tuple[str, ...]:
    """Find the driver's libraries where they do not stand among the system's, as in some containers."""
    folders = [*os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep), *_DRIVER_FOLDERS]
    return tuple(
        dict.fromkeys(str(Path(folder)) for folder in folders if folder and (Path(folder) / _DRIVER).exists())
    )
