"""The sandbox: confined workers, one per session, on the best terms this machine offers."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from grader.errors import StaffError
from grader.sandbox.device_queue import hold_device
from grader.sandbox.device_use import CPU, CUDA, DeviceUse, choose_accelerator, list_measures, try_device
from grader.sandbox.faults import StudentFault
from grader.sandbox.isolation import Isolation, judge_level
from grader.sandbox.limits import (
    CALLS,
    DEVICE,
    DEVICE_LIMITS,
    FULL,
    FULL_LIMITS,
    TRAINING,
    TRAINING_LIMITS,
    Limits,
)
from grader.sandbox.memory_watch import MemoryWatch
from grader.sandbox.self_test import run_self_test
from grader.sandbox.session import Reader, Session
from grader.sandbox.warm import WarmProcess

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

    from grader.sandbox.accelerators import Accelerator
    from grader.sandbox.channel import Channel
    from grader.sandbox.process import WorkerProcess

_OPTIMIZERS = "torch._dynamo"  # what the first optimizer of a process imports
_SLOW_MODULES = {  # what takes seconds to import, and the words of a source that lead to it
    _OPTIMIZERS: re.compile(r"\boptim\b|\b_dynamo\b|\btorch\.compile\b"),
    "torchvision": re.compile(r"\btorchvision\b"),
}


class Sandbox:
    """Starts workers that run student code without reach.

    Use `Sandbox.start`.

    Attributes:
        isolation: What holds the workers.
        limits: What each worker may use.
        training_limits: By kind (``"training"``, ``"full"``, ``"device"``), what a worker for it may use.
        device: The device that training may use, as tried out.
    """

    def __init__(
        self,
        warm: WarmProcess,
        limits: Limits,
        training_limits: Mapping[str, Limits],
        accelerator: Accelerator | None = None,
        no_device: str = "",
    ) -> None:
        self._warm = warm
        self._reader: Reader | None = None
        self._accelerator = accelerator
        self.limits = limits
        self.training_limits = training_limits
        self.isolation = self._test_isolation()
        self.device = DeviceUse(reason=no_device)
        if accelerator is not None:
            limits = training_limits[DEVICE]
            try:
                with hold_device(accelerator.uuid):
                    self.device = try_device(accelerator, self._open_device_reader, limits, warm.process_id)
            except StaffError as error:  # there is no place for the queue
                self.device = DeviceUse(reason=error.message)

    @classmethod
    def start(
        cls,
        limits: Limits | None = None,
        *,
        allow_weak: bool = False,
        excluded: Iterable[str] = (),
        training_limits: Limits = TRAINING_LIMITS,
        device: str = CPU,
    ) -> Sandbox:
        """Start the warm process and try out in a real worker what holds.

        Args:
            limits: What each worker may use.
            allow_weak: Go on with a confinement weaker than level B; the result says so.
            excluded: Layers of confinement not to attempt, to see what the others hold.
            training_limits: What a worker for a short training run may use.
            device: ``"cuda"``; ``"auto"`` for a CUDA device where there is one whose workers pass their
                self-test; ``"cpu"`` for none.

        Returns:
            The sandbox; a context manager.

        Raises:
            UsageError: ``"cuda"`` was asked for, and there is none.
            StaffError: The machine is not Linux, the warm process cannot start, or the confinement
                is weaker than level B without ``allow_weak``.
        """
        if sys.platform != "linux":
            raise StaffError(
                f"submissions cannot be confined on {sys.platform}: found no Linux kernel",
                hint="grade on Linux, or in a container or virtual machine with one; see docs/sandbox.md",
            )
        limits = limits or Limits()
        accelerator, no_device = choose_accelerator(device)
        more = {TRAINING: training_limits, FULL: FULL_LIMITS, DEVICE: DEVICE_LIMITS}
        warm = WarmProcess(limits, frozenset(excluded), more, accelerator)
        try:
            sandbox = cls(warm, limits, more, accelerator, no_device)
            if device == CUDA and not sandbox.device.is_cuda:
                raise StaffError(
                    f"--device cuda: {sandbox.device.reason}", hint="leave --device out to train on the CPU"
                )
            if not (sandbox.isolation.is_sufficient or allow_weak):
                raise _weakness(sandbox.isolation)
        except BaseException:
            warm.close()
            raise
        return sandbox

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the warm process and every worker."""
        self.let_go()
        self._warm.close()

    def open_session(self, assembly: Mapping[str, Any]) -> Session:
        """Start a worker and load a submission in it.

        Args:
            assembly: ``{"units": [{"file", "module", "cells"}, ...], "provides": {name: module}}``.

        Returns:
            The session; a context manager.

        Raises:
            StudentFault: The submission cannot be loaded at all: it hangs, crashes, floods. Its
                ``function`` is None.
            StaffError: No worker could be started.
        """
        process, channel = self._warm.start_worker(_find_slow_modules(assembly), CALLS)
        return Session(process, channel, self.limits, self._warm.probes, assembly)

    def open_training_session(
        self, assembly: Mapping[str, Any], seconds: float, kind: str = TRAINING
    ) -> Session:
        """Start a worker that may train for a short time, and load a submission in it.

        Args:
            assembly: As for `open_session`.
            seconds: Wall time that loading, and then each probe, may take where the limits allow more.
            kind: Which of `training_limits` hold. ``"device"`` gives it the device, which must not be used
                by another worker meanwhile: see `grader.sandbox.device_queue`.

        Returns:
            The session; a context manager.

        Raises:
            StudentFault: As `open_session`.
            StaffError: No worker could be started.
        """
        slow = (_OPTIMIZERS, *(name for name in _find_slow_modules(assembly) if name != _OPTIMIZERS))
        allowed = self.training_limits[kind]
        limits = replace(
            allowed,
            load_seconds=min(seconds, allowed.load_seconds),
            probe_seconds=min(seconds, allowed.probe_seconds),
        )
        process, channel = self._warm.start_worker(slow, kind)
        watch = self._watch(process, channel, limits) if kind == DEVICE else None
        return Session(process, channel, limits, self._warm.probes, assembly, watch)

    def _open_device_reader(self, memory_bytes: int) -> Reader:
        limits = replace(self.training_limits[DEVICE], memory_bytes=memory_bytes)
        process, channel = self._warm.start_worker((_OPTIMIZERS,), DEVICE)
        watch = self._watch(process, channel, limits)
        return Reader(process, channel, limits, self._warm.probes, watch)

    def _watch(self, process: WorkerProcess, channel: Channel, limits: Limits) -> MemoryWatch:
        """Begin to watch a worker with a device; one that cannot be watched is ended."""
        try:
            if self._accelerator is None:
                raise StaffError("a worker was to have a device, and there is none")
            measures = list_measures(self._accelerator, process.find_id(), limits)
        except BaseException:
            process.kill()
            process.wait()
            channel.close()
            process.close()
            raise
        watch = MemoryWatch(measures, process.kill)
        watch.start()
        return watch

    def open_reader(self) -> Reader:
        """Start a worker without a submission.

        Raises:
            StaffError: No worker could be started.
        """
        process, channel = self._warm.start_worker()
        return Reader(process, channel, self.limits, self._warm.probes)

    def read(self, probe: str, /, **arguments: Any) -> Any:
        """Run a probe in a worker that holds no submission; one worker serves until there is a fault.

        Args:
            probe: Its name in `grader.worker.probes`.
            arguments: Sent by value.

        Returns:
            What the probe returned.

        Raises:
            StudentFault: What it was given to read is why no value came back.
            StaffError: No worker could be started.
        """
        if self._reader is None:
            self._reader = self.open_reader()
        try:
            return self._reader.probe(probe, **arguments)
        except StudentFault:  # what one file did to the worker must not cost the next
            self.let_go()
            raise

    def let_go(self) -> None:
        """End the worker of `read`: the next submission's files are read by another one."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _test_isolation(self) -> Isolation:
        layers = self._warm.layers
        with self.open_reader() as reader:
            self_test = run_self_test(reader, self.limits, self._warm.process_id)
        return Isolation(
            level=judge_level(layers.applied, self_test),
            layers=layers.applied,
            missing=tuple(f"{name}: {reason}" for name, reason in layers.missing.items()),
            self_test=self_test,
            kernel=os.uname().release,
            landlock_abi=layers.landlock_abi,
        )


def _find_slow_modules(assembly: Mapping[str, Any]) -> tuple[str, ...]:
    source = "\n".join(cell for unit in assembly["units"] for cell in unit["cells"])
    return tuple(name for name, words in _SLOW_MODULES.items() if words.search(source))


def _weakness(isolation: Isolation) -> StaffError:
    escaped = [name for name, held in isolation.self_test.items() if not held]
    found = f"not contained: {', '.join(escaped)}" if escaped else "no layer hides the file system"
    return StaffError(
        f"submissions would be confined at level {isolation.level} only ({found}), expected level B or better"
        + "".join(f"\n  missing {reason}" for reason in isolation.missing),
        hint="allow user namespaces or use a kernel with Landlock, see docs/sandbox.md",
    )
