"""Training with a student's quantizer: single steps that judge it, a short finetune that shows it works."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any

from grader.errors import StaffError
from grader.lab2 import statistics
from grader.lab2.bands import SHORT, Band
from grader.lab2.devices import describe_device_mistake
from grader.lab2.reference_states import BITS
from grader.lab2.short_finetune import DEVICE_PIECE, ShortFinetune
from grader.lab2.statistics import EXPLANATIONS, StepStatistics, StepVerdict
from grader.lab2.verification import Lab2Verification
from grader.sandbox import Session
from grader.sandbox.faults import Missing, NotImplementedYet, StudentFault, TimedOut
from grader.submission import Assembly

SECONDS_OF_A_FINETUNE = 30.0
LEAST_SECONDS = 10.0
AFTER_STEPS = (0, 5)  # of the reference; at each, a step at 4, 3 and 2 bits

STATISTICS = ("codes", "gradient", "inner_gradient", "update", "loss", "on_grid")
THRESHOLDS = {
    "codes": statistics.CODES_WRONG,
    "gradient": statistics.GRADIENT_RIGHT,
    "update": statistics.UPDATE_RIGHT,
    "on_grid": statistics.ON_GRID,
}
NOT_TAKEN = "not taken"

# Opens a worker that may train: the code, and how many seconds loading and each probe may take.
OpenTraining = Callable[[Assembly, float], Session]
Step = tuple[int, int, StepStatistics]
Finetuned = tuple[ShortFinetune, float, Band | None]


@dataclass(frozen=True)
class OnDevice:
    """A device that the short finetunes run on.

    Attributes:
        name: The product's name.
        open_training: Opens a worker with it.
        hold: Waits until no other grading uses it, and keeps them off inside the block.
        device_bytes: What a worker may take of its memory.
    """

    name: str
    open_training: OpenTraining
    hold: Callable[[], AbstractContextManager[float]]
    device_bytes: int


@dataclass(frozen=True)
class Trained:
    """What training with a student's quantizer showed.

    Attributes:
        words: The verdict in words, or why there is none.
        steps: Bits, the reference's steps before it, and statistics of each single step.
        finetunes: The short finetunes, each with what a right quantizer reaches before it, and the band
            of what the reference reaches.
        device: Where the short finetunes ran: ``"cpu"`` or a device's name. The single steps are always
            taken on the CPU.
    """

    words: str
    steps: tuple[Step, ...] = ()
    finetunes: tuple[Finetuned, ...] = ()
    device: str = field(default="cpu")

    @property
    def right(self) -> bool | None:
        """Whether all single steps are right; None where some were not taken, and the others are right."""
        verdicts = [found.verdict for _, _, found in self.steps]
        if any(verdict is not StepVerdict.RIGHT for verdict in verdicts):
            return False
        return True if len(verdicts) >= len(BITS) * len(AFTER_STEPS) else None

    @property
    def verdict(self) -> str:
        """What the single steps show: that of the first that is not right."""
        verdicts = [found.verdict for _, _, found in self.steps]
        wrong = [verdict for verdict in verdicts if verdict is not StepVerdict.RIGHT]
        return (wrong or verdicts or [NOT_TAKEN])[0]

    def as_dict(self) -> dict[str, Any]:
        """Return what stands in ``results.json``; a statistic that is not finite is null."""
        return {
            "verdict": str(self.verdict),
            "words": self.words,
            "thresholds": dict(THRESHOLDS),
            "device": {"steps": "cpu", "finetunes": self.device},
            "steps": [
                {"bits": bits, "after_steps": after, "verdict": str(found.verdict)}
                | {name: _number(getattr(found, name)) for name in STATISTICS}
                for bits, after, found in self.steps
            ],
            "finetunes": [
                {
                    "scheme": found.scheme,
                    "steps": found.steps,
                    "before": before,
                    "after": found.accuracy,
                    "device": found.device,
                    "reference": [band.low, band.high] if band else None,
                    "words": found.describe(band),
                }
                for found, before, band in self.finetunes
            ],
        }

    def tabulate(self, described: str) -> list[dict[str, Any]]:
        """Return the tables of the report.

        Args:
            described: Images and weights in words.
        """
        tables = [self._tabulate_steps(described)] if self.steps else []
        tables += [self._tabulate_finetunes()] if self.finetunes else []
        return tables or [
            {"title": "Training with this quantizer", "columns": ["found"], "rows": [[self.words]]}
        ]

    def _tabulate_steps(self, described: str) -> dict[str, Any]:
        limits = ", ".join(f"{_say(name)} {limit:g}" for name, limit in THRESHOLDS.items())
        rows = [
            [f"{bits} bits, {after}"]
            + [f"{getattr(found, name):.2g}" for name in STATISTICS]
            + [str(found.verdict)]
            for bits, after, found in self.steps
        ]
        return {
            "title": f"Single training steps from the reference's states on {described}",
            "columns": ["bits, after steps", *map(_say, STATISTICS), "verdict"],
            "rows": rows,
            "note": f"{self.words}. The largest values that are right: {limits}; docs/lab2.md shows what "
            "right and wrong quantizers reach.",
        }

    def _tabulate_finetunes(self) -> dict[str, Any]:
        rows = [
            [
                found.scheme,
                f"{before:.4f}",
                "-" if found.accuracy is None else f"{found.accuracy:.4f}",
                f"{band.low:.4f} to {band.high:.4f}" if band else "not measured",
                found.problem or str(found.steps),
            ]
            for found, before, band in self.finetunes
        ]
        return {
            "title": f"Short finetune on {_name_device(self.device)}: it shows that training works, "
            "and judges no quantizer",
            "columns": ["scheme", "before, reference", "after", "after, reference", "steps"],
            "rows": rows,
        }


def check_training(
    lab2: Lab2Verification,
    assembly: Assembly,
    open_training: OpenTraining,
    finetunes: tuple[str, ...],
    deadline: float,
    device: OnDevice | None = None,
) -> Trained:
    """Take single steps with a student's quantizer, then finetune shortly.

    The steps are taken on the CPU, where their thresholds were measured.

    A submission whose training hangs, crashes or needs too much memory loses this and nothing else.

    Args:
        lab2: Images and weights.
        assembly: The submission's code.
        open_training: Opens a worker that may train.
        finetunes: Names of the finetunes, such as ``"bits_2"`` and ``"after_442"``.
        deadline: When the first of them must have ended, in the time of ``time.monotonic``; each further
            one has `SECONDS_OF_A_FINETUNE`, and on a device each.
        device: Where to finetune; in the same worker, on the CPU, when None.

    Returns:
        What was found.
    """
    left = deadline - time.monotonic()
    if left < LEAST_SECONDS:
        return Trained("no single step was taken: earlier calls had used up the time of this grading")
    steps: list[Step] = []
    done: list[Finetuned] = []
    try:
        with open_training(assembly.only("STE"), left) as session:
            steps += lab2.take_reference_steps(session.probe, AFTER_STEPS, deadline)
            for index, name in enumerate(() if device else finetunes):
                end = deadline if index == 0 else time.monotonic() + SECONDS_OF_A_FINETUNE
                if time.monotonic() > end:
                    break
                found = lab2.finetune_shortly(session.probe, (name,), deadline=end)
                done += _set_beside(lab2, name, found)
    except (StudentFault, StaffError) as error:
        return Trained(_describe_trouble(error, steps), tuple(steps), tuple(done))
    words = _describe_steps(steps)
    if device is None or not finetunes:
        return Trained(words, tuple(steps), tuple(done))
    trouble = _finetune_on_device(lab2, assembly, finetunes, device, done)
    return Trained(f"{words}; {trouble}" if trouble else words, tuple(steps), tuple(done), device.name)


def _finetune_on_device(
    lab2: Lab2Verification,
    assembly: Assembly,
    finetunes: tuple[str, ...],
    device: OnDevice,
    done: list[Finetuned],
) -> str:
    """Finetune on a device, while no other grading uses it; say why not all was done, or nothing.

    Time spent waiting for the device is nobody's: each finetune's seconds begin when it does.
    """
    try:
        with device.hold(), device.open_training(assembly.only("STE"), SECONDS_OF_A_FINETUNE) as session:

            def probe(name: str, **arguments: Any) -> Any:
                return session.probe(name, **arguments, device="cuda", device_bytes=device.device_bytes)

            for name in finetunes:
                end = time.monotonic() + SECONDS_OF_A_FINETUNE
                found = lab2.finetune_shortly(probe, (name,), deadline=end, piece_steps=DEVICE_PIECE)
                done += _set_beside(lab2, name, [replace(one, device=device.name) for one in found])
    except StudentFault as fault:
        return f"training on {device.name} was given up: {_explain(fault)}"
    except StaffError as error:  # the device failed; the steps that judge were taken without it
        return f"nothing more was finetuned on {device.name}, our fault: {error.message}"
    return ""


def _set_beside(lab2: Lab2Verification, name: str, found: list[ShortFinetune]) -> list[Finetuned]:
    """Put beside each finetune what a right quantizer has before it, and what the reference reaches."""
    return [(one, lab2.find_right_accuracy(name), lab2.find_band(name, SHORT)) for one in found]


def _describe_steps(steps: list[Step]) -> str:
    wrong = [(bits, found.verdict) for bits, _, found in steps if found.verdict is not StepVerdict.RIGHT]
    if not steps:
        return "no single step was taken: earlier calls had used up the time of this grading"
    if not wrong:
        return f"all {len(steps)} single steps are right: {EXPLANATIONS[StepVerdict.RIGHT]}"
    bits, verdict = wrong[0]
    return f"{len(wrong)} of {len(steps)} single steps are wrong, at {bits} bits: {EXPLANATIONS[verdict]}"


def _describe_trouble(error: StudentFault | StaffError, steps: list[Step]) -> str:
    if isinstance(error, NotImplementedYet | Missing):
        return "there is no quantizer to train with"
    if isinstance(error, StaffError):  # a lost worker: what the steps judge goes to a person
        words = f"training was given up, our fault: {error.message}"
    else:
        words = f"training was given up: {_explain(error)}"
    return f"{_describe_steps(steps)}; {words}" if steps else words


def _explain(fault: StudentFault) -> str:
    device = describe_device_mistake(fault.summary)
    words = f"{device}: {fault.summary}" if device else fault.summary
    if isinstance(fault, TimedOut):
        words += "; on a busy machine this may not be the submission's fault"
    return words


def _name_device(device: str) -> str:
    return "the CPU" if device == "cpu" else device


def _number(value: float) -> float | None:
    return float(f"{value:.6g}") if math.isfinite(value) else None


def _say(name: str) -> str:
    return name.replace("_", " ")
