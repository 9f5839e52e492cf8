"""Lab 2 of one grading: training with the quantizer, the reported numbers, what the report shows of both."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.lab2.claims import Place
from grader.reported import open_lab2, verify_reported
from grader.sandbox import Sandbox, Session
from grader.sandbox.device_queue import hold_device
from grader.sandbox.faults import StudentFault
from grader.sandbox.limits import DEVICE
from grader.scoring import Claim
from grader.submission import Answers, Assembly
from grader.trained import OnDevice, Trained, check_training

# Training begins nothing new after this. It is generous, so that a busy machine does not change a result;
# a submission that hung before has less, so that one that hangs everywhere ends within a minute.
SECONDS_UNTIL_TRAINED = 120.0
SECONDS_WHERE_SLOW = 35.0
SLOW = 20.0


@dataclass(frozen=True)
class Lab2Part:
    """What Lab 2 adds to a grading.

    Attributes:
        claims: A claim for each number that was reported.
        record: What stands under ``"lab2"`` in ``results.json``.
        tables: By item the tables and plots of the report.
        notes: What a reader of the result should know.
    """

    claims: dict[Place, Claim]
    record: dict[str, Any]
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def grade_lab2(
    answers: Answers,
    assembly: Assembly,
    sandbox: Sandbox,
    *,
    data: str,
    weights: Path | None,
    finetunes: tuple[str, ...] | None,
    broken: StudentFault | None,
    started: float,
) -> Lab2Part:
    """Train with the student's quantizer, then verify the reported numbers.

    Args:
        answers: What the student wrote.
        assembly: The submission's code.
        sandbox: Where it runs.
        data: ``"embedded"``, ``"cifar10"`` or the path of images.
        weights: A checkpoint; the shipped one for the images when None.
        finetunes: What to finetune shortly after the single steps; None to take no step at all.
        broken: What ended the quantizer's worker before; it is not run again then.
        started: When the grading began, in the time of ``time.monotonic``.

    Returns:
        The part.

    Raises:
        UsageError: Images or weights cannot be had.
    """

    def open_session(wanted: Assembly) -> Session:
        return sandbox.open_session(wanted.as_wire())

    def open_training(wanted: Assembly, seconds: float) -> Session:
        return sandbox.open_training_session(wanted.as_wire(), seconds)

    if finetunes is None:
        trained = Trained("single training steps were not asked for")
    elif broken is not None:
        trained = Trained(f"single training steps were not taken: {broken.summary}")
    else:
        lab2 = open_lab2(data, weights)
        is_slow = time.monotonic() - started > SLOW
        deadline = started + (SECONDS_WHERE_SLOW if is_slow else SECONDS_UNTIL_TRAINED)
        device = find_device(sandbox)
        trained = check_training(lab2, assembly, open_training, finetunes, deadline, device)
    reported = verify_reported(answers, assembly, open_session, data, weights, steps_right=trained.right)
    used = bool(trained.steps) or bool(reported.tables)
    described = open_lab2(data, weights).described if used else ""
    name = open_lab2(data, weights).dataset.name if used else None
    tables = dict(reported.tables)
    if finetunes is not None:
        tables["lab2.a"] = [*trained.tabulate(described), *tables.get("lab2.a", ())]
    record = {"data": name, "described": described, "training": trained.as_dict()}
    told = f"Lab 2 was judged on {described}"
    notes = (*reported.notes, told) if used and not reported.tables else reported.notes
    return Lab2Part(reported.claims, record, tables, notes)


def find_device(sandbox: Sandbox) -> OnDevice | None:
    """Return the device that short finetunes run on; None for the CPU, in the worker that took the steps."""
    device = sandbox.device
    if not device.is_cuda:
        return None
    return OnDevice(
        device.name,
        lambda wanted, seconds: sandbox.open_training_session(wanted.as_wire(), seconds, DEVICE),
        lambda: hold_device(device.uuid),
        sandbox.training_limits[DEVICE].device_bytes,
    )
