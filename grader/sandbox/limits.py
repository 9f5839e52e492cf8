"""What a worker may use: a set of limits for calls, and others for training."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one worker; the unit is in each name.

    Attributes:
        load_seconds: Wall time for loading a submission.
        call_seconds: Wall time of one call of a student's function.
        probe_seconds: Wall time of one probe, which may call a function hundreds of times.
        cpu_seconds: Processor time of a worker over its whole life.
        memory_bytes: Address space above what the warm process has mapped already; where address space is
            not bounded, resident memory above that of a fresh worker.
        scratch_bytes: Size of the private folder for temporary files.
        file_bytes: Size of one file.
        output_bytes: What a worker may print before it counts as a flood.
        reply_bytes: Size of one reply.
        processes: Threads of a worker; a worker cannot start processes at all.
        open_files: Open files and pipes.
        bounds_address_space: Whether the kernel bounds the address space. CUDA reserves far more than it
            uses, so that resident memory is watched instead.
        device_bytes: Memory of a device.

    Examples:
        >>> Limits(call_seconds=1.0).memory_bytes == 224 * 2**20
        True
    """

    load_seconds: float = 10.0
    call_seconds: float = 5.0
    probe_seconds: float = 20.0
    cpu_seconds: int = 60
    memory_bytes: int = 224 << 20
    scratch_bytes: int = 32 << 20
    file_bytes: int = 16 << 20
    output_bytes: int = 1 << 20
    reply_bytes: int = 64 << 20
    processes: int = 32
    open_files: int = 64
    bounds_address_space: bool = True
    device_bytes: int = 0


# The names by which a request asks the warm process for one of its sets.
CALLS, TRAINING, FULL, DEVICE = "calls", "training", "full", "device"

# A probe takes two steps of ResNet-20, about 1 s of one core; the activations and gradients of a batch
# of 128 images take 400 to 540 MiB.
TRAINING_LIMITS = Limits(
    load_seconds=8.0, probe_seconds=12.0, cpu_seconds=90, memory_bytes=768 << 20, reply_bytes=32 << 20
)

# A finetune in full has batches of 256. A worker serves for a minute or so; then a fresh one goes on.
FULL_LIMITS = Limits(
    load_seconds=8.0, probe_seconds=60.0, cpu_seconds=300, memory_bytes=1536 << 20, reply_bytes=32 << 20
)

# CUDA and its libraries take 1 to 3 GiB of resident memory before the first step, and open the nodes of
# the driver dozens of times. Not measured on a GPU yet: generous on purpose.
DEVICE_LIMITS = Limits(
    load_seconds=8.0,
    probe_seconds=60.0,
    cpu_seconds=300,
    memory_bytes=6 << 30,
    reply_bytes=32 << 20,
    processes=128,
    open_files=512,
    bounds_address_space=False,
    device_bytes=6 << 30,
)
