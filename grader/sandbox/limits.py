"""What a worker may use: one set of limits for calls, one for a short training run."""

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
        memory_bytes: Address space above what the warm process has mapped already.
        scratch_bytes: Size of the private folder for temporary files.
        file_bytes: Size of one file.
        output_bytes: What a worker may print before it counts as a flood.
        reply_bytes: Size of one reply.
        processes: Threads of a worker; a worker cannot start processes at all.
        open_files: Open files and pipes.

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


# The names by which a request asks the warm process for one of its two sets.
CALLS, TRAINING = "calls", "training"

# A probe takes two steps of ResNet-20, about 1 s of one core; the activations and gradients of a batch
# of 128 images take 400 to 540 MiB.
TRAINING_LIMITS = Limits(
    load_seconds=8.0, probe_seconds=12.0, cpu_seconds=90, memory_bytes=768 << 20, reply_bytes=32 << 20
)
