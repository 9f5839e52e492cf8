"""Which device workers may train on, tried out in a real one before anything relies on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from grader.errors import StaffError, UsageError
from grader.sandbox.accelerators import Accelerator, DriverLibrary, NoAcceleratorError, find_accelerator
from grader.sandbox.faults import OutOfMemory, StudentFault
from grader.sandbox.memory_watch import Measure, measure_device, measure_resident
from grader.sandbox.self_test import run_self_test

if TYPE_CHECKING:
    from grader.sandbox.limits import Limits
    from grader.sandbox.session import Reader

CPU, CUDA, AUTO = "cpu", "cuda", "auto"
# A convolution of float32 in another order of sums; with TF32 it would be off by 1e-3 and more.
SAME_VALUES = 1e-4
TRIED_BYTES = 128 << 20

# Opens a worker without a submission that may use the device and so much memory.
OpenReader = Callable[[int], "Reader"]


@dataclass(frozen=True, slots=True)
class DeviceUse:
    """The device that training may use besides the CPU.

    Attributes:
        kind: ``"cuda"`` or ``"cpu"``.
        name: The product's name; empty for the CPU.
        uuid: What the driver knows the device by; empty for the CPU.
        reason: Why it is the CPU; empty for a device.
        self_test: For each attempt in a worker with the device: whether it was contained.
        bounds: What bounds such a worker's memory, in words.
    """

    kind: str = CPU
    name: str = ""
    uuid: str = ""
    reason: str = "no device was asked for"
    self_test: dict[str, bool] = field(default_factory=dict)
    bounds: tuple[str, ...] = ()

    @property
    def is_cuda(self) -> bool:
        """Whether training may use a CUDA device."""
        return self.kind == CUDA

    def describe(self) -> str:
        """Say it in words.

        Examples:
            >>> DeviceUse(reason="this machine has no NVIDIA driver").describe()
            'the CPU (this machine has no NVIDIA driver)'
        """
        return f"{self.name} (CUDA)" if self.is_cuda else f"the CPU ({self.reason})"

    def as_dict(self) -> dict[str, Any]:
        """Return what stands in ``results.json``."""
        return {
            "kind": self.kind,
            "name": self.name,
            "reason": self.reason,
            "self_test": dict(self.self_test),
            "bounds": list(self.bounds),
        }


def choose_accelerator(wanted: str) -> tuple[Accelerator | None, str]:
    """Find the device that workers may be given.

    Args:
        wanted: ``"auto"``, ``"cpu"`` or ``"cuda"``.

    Returns:
        The device, or None and why there is none.

    Raises:
        UsageError: ``"cuda"`` was asked for, and there is none.

    Examples:
        >>> choose_accelerator("cpu")
        (None, 'no device was asked for')
    """
    if wanted == CPU:
        return None, DeviceUse().reason
    try:
        accelerator = find_accelerator()
        import torch

        if torch.version.cuda is None:
            raise NoAcceleratorError("this PyTorch was built without CUDA")
    except NoAcceleratorError as error:
        if wanted == CUDA:
            raise UsageError(
                f"--device cuda: {error}", hint="leave --device out to train on the CPU, or check nvidia-smi"
            ) from error
        return None, str(error)
    return accelerator, ""


def list_measures(accelerator: Accelerator, process: int, limits: Limits) -> list[Measure]:
    """List what must be watched of a worker that may use a device.

    Raises:
        StaffError: It cannot be seen, so the worker could not be bounded.
    """
    try:
        return [
            measure_resident(process, limits.memory_bytes),
            measure_device(DriverLibrary(), accelerator.uuid, process, limits.device_bytes),
        ]
    except (OSError, NoAcceleratorError) as error:
        raise StaffError(
            f"a worker with a GPU cannot be bounded: its memory cannot be seen: {error}",
            hint="grade with --device cpu",
        ) from error


def try_device(
    accelerator: Accelerator, open_reader: OpenReader, limits: Limits, warm_process: int
) -> DeviceUse:
    """Try out in real workers that the device computes, and that they reach nothing else.

    Args:
        accelerator: The device.
        open_reader: Opens a worker with it.
        limits: What such a worker may use.
        warm_process: The id of the warm process, which a worker tries to signal.

    Returns:
        The device; the CPU with the reason where something did not hold.
    """
    try:
        with open_reader(limits.memory_bytes) as reader:
            self_test = run_self_test(reader, limits, warm_process, bounds_memory=False)
            computed = reader.probe("try_device", device_bytes=limits.device_bytes)
        self_test["memory"] = _is_ended_for_memory(open_reader)
    except (StudentFault, StaffError) as error:
        words = error.summary if isinstance(error, StudentFault) else error.message
        return DeviceUse(reason=f"a worker cannot use {accelerator.name}: {words}")
    escaped = [name for name, held in self_test.items() if not held]
    if escaped:
        words = f"a worker with {accelerator.name} is not contained: {', '.join(escaped)}"
        return DeviceUse(reason=words, self_test=self_test)
    difference = computed.get("difference") if isinstance(computed, dict) else None
    if not isinstance(difference, float) or not difference <= SAME_VALUES:
        words = (
            f"{accelerator.name} computes other values than the CPU: a convolution differs by {difference}"
        )
        return DeviceUse(reason=words, self_test=self_test)
    bounds = (
        f"resident memory: {limits.memory_bytes >> 20} MiB, watched by the grader",
        f"memory of the GPU: {limits.device_bytes >> 20} MiB, watched by the grader",
    )
    return DeviceUse(CUDA, accelerator.name, accelerator.uuid, "", self_test, bounds)


def _is_ended_for_memory(open_reader: OpenReader) -> bool:
    """Tell whether a worker that takes more memory than it may is ended."""
    with open_reader(TRIED_BYTES) as reader:
        try:
            reader.probe("take_memory", memory_bytes=4 * TRIED_BYTES)
        except OutOfMemory:
            return True
    return False
