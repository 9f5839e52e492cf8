"""Grade one submission: intake, survey, hidden suites, points, evidence."""

from __future__ import annotations

import hashlib
import importlib.resources
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from grader.finetune_names import ON_A_DEVICE, ON_THE_CPU
from grader.fingerprint import describe_versions
from grader.lab2_part import grade_lab2
from grader.outcomes import Outcome
from grader.results import SCHEMA_VERSION
from grader.rubric import PATH as RUBRIC_PATH
from grader.rubric import Rubric
from grader.sandbox import Isolation, Sandbox, Session
from grader.sandbox.faults import StudentFault
from grader.scoring import Policies, Written, apply_policies, score_items
from grader.submission import (
    Answers,
    Assembly,
    Submission,
    add_attachments,
    add_measured_numbers,
    assemble,
    read_answers,
    survey_sources,
)
from grader.suites.grading import Grading, Pace
from grader.suites.plugin import run_suites
from student.given.problem import PATH as ASSIGNMENT_PATH
from student.given.problem import Assignment


@dataclass(frozen=True, slots=True)
class Settings:
    """How to grade.

    Attributes:
        assignment: The assignment's data.
        rubric: Items and points.
        key: The reference's answers.
        seed: Seed of the hidden inputs; derived from the submission's bytes when None.
        submitted_at: Overrides the time that the submission carries.
        data: The images of Lab 2: ``"embedded"``, ``"cifar10"`` or a path.
        weights: The checkpoint of Lab 2; the shipped one for the images when None.
        steps: Whether to take single training steps with the quantizer.
        finetunes: What to finetune shortly after them, such as ``"bits_2"`` and ``"after_442"``; None for
            what suits the device, see `choose_finetunes`.
        device: Where to finetune: ``"cpu"``, ``"cuda"``, or ``"auto"`` for CUDA where workers can use it.
        pace: What the machine allows.
    """

    assignment: Assignment
    rubric: Rubric
    key: Answers
    seed: int | None = None
    submitted_at: datetime | None = None
    data: str = "embedded"
    weights: Path | None = None
    steps: bool = False
    finetunes: tuple[str, ...] | None = ()
    device: str = "cpu"
    pace: Pace = field(default_factory=Pace)


@dataclass(frozen=True, slots=True)
class Graded:
    """A graded submission.

    Attributes:
        result: As written to ``results.json``.
        evidence: What the report shows beside it: curves, listing, texts.
        readable: Whether every code file could be read and there was one.
    """

    result: dict[str, Any]
    evidence: dict[str, Any] = field(repr=False)
    readable: bool


def derive_seed(submission: Submission) -> int:
    """Derive the seed of a grading from the submitted bytes.

    The same upload gets the same hidden inputs, so that a grading can be repeated to the byte; a
    change of the upload changes them, so that inputs seen once are of no use.
    """
    return int.from_bytes(hashlib.sha256(f"hw4:{submission.sha256}".encode()).digest()[:6], "little")


def load_handout() -> dict[str, str]:
    """Read the handout's own sources, as text: the trusted process never imports them."""
    folder = importlib.resources.files("student")
    return {name: (folder / f"{name}.py").read_text(encoding="utf-8") for name in ("lab1", "FP_layers")}


def survey(submission: Submission, sandbox: Sandbox) -> dict[str, Any]:
    """Read the submitted code in workers that run none of it."""

    def ask(files: dict[str, bytes]) -> Any:
        return sandbox.read("survey", files=files)

    return survey_sources(submission.sources, ask, StudentFault)


def read_attachments(submission: Submission, sandbox: Sandbox) -> Submission:
    """Add what is attached inside the report, taken out by a worker that runs nothing."""

    def ask(content: bytes) -> Any:
        return sandbox.read("attachments", content=content)

    return add_attachments(submission, ask, StudentFault)


def grade_submission(submission: Submission, sandbox: Sandbox, settings: Settings) -> Graded:
    """Grade a submission.

    Args:
        submission: What was handed in.
        sandbox: Where its code runs.
        settings: How to grade.

    Returns:
        The result and its evidence.

    Raises:
        StaffError: The grader itself failed.
    """
    try:
        return _grade(submission, sandbox, settings)
    finally:
        sandbox.let_go()


def _grade(submission: Submission, sandbox: Sandbox, settings: Settings) -> Graded:
    started = time.monotonic()
    submission = read_attachments(submission, sandbox)
    assembly = assemble(submission, survey(submission, sandbox), load_handout())
    answers, number_notes = add_measured_numbers(read_written_answers(submission), submission)
    has_report = submission.report is not None
    seed = derive_seed(submission) if settings.seed is None else settings.seed

    def open_session(wanted: Assembly) -> Session:
        return sandbox.open_session(wanted.as_wire())

    grading = Grading(
        assembly=assembly,
        open_session=open_session,
        problem=settings.assignment.lab1,
        schemes=settings.assignment.mixed_schemes,
        seed=seed,
        answers=dict(answers.values),
        key=dict(settings.key.values),
        has_report=has_report,
        evaluate_formula=lambda **arguments: sandbox.read("formula", **arguments),
        pace=settings.pace,
    )
    try:
        checks = run_suites(grading, settings.rubric)
    finally:
        grading.close()
    lab2 = grade_lab2(
        answers,
        assembly,
        sandbox,
        data=settings.data,
        weights=settings.weights,
        finetunes=choose_finetunes(settings, sandbox) if settings.steps else None,
        broken=grading.function("STE").fault,
        started=started,
    )
    trained_on = lab2.record["training"]["device"]["finetunes"]
    written = Written(_texts(answers, has_report), lab2.claims, has_report)
    items = score_items(settings.rubric, checks, written)
    assignment = settings.assignment
    policies = Policies(
        cap=assignment.cap,
        zip_penalty=assignment.zip_penalty,
        zipped=submission.zipped,
        late_penalty_per_day=assignment.late_penalty_per_day,
        due=assignment.due,
        submitted_at=settings.submitted_at or submission.submitted_at,
    )
    totals = apply_policies(items, policies)
    result = {
        "schema_version": SCHEMA_VERSION,
        "assignment": assignment.title,
        "submission": {
            "name": submission.name,
            "sha256": submission.sha256,
            "student": {key: answers.values.get(("student", key)) or "" for key in ("name", "netid")},
            "files": [
                {
                    "name": file.display_name,
                    "bytes": len(file.content),
                    "sha256": file.sha256,
                    "role": file.role,
                }
                for file in submission.files
            ],
            "notes": [
                *submission.notes,
                *assembly.notes,
                *map(str, answers.problems),
                *grading.notes,
                *number_notes,
                *lab2.notes,
            ],
        },
        "status": "incomplete" if any(check.outcome is Outcome.ERROR for check in checks) else "graded",
        **totals,
        "items": items,
        "checks": [check.as_dict() for check in checks],
        "lab2": lab2.record,
        "sandbox": describe_isolation(sandbox.isolation) | {"device": sandbox.device.as_dict()},
        "provenance": {
            "versions": describe_versions(),
            "device": "cpu" if trained_on == "cpu" else f"cpu; short finetunes: {trained_on}",
            "seed": seed,
            "assignment_sha256": _hash_file(ASSIGNMENT_PATH),
            "rubric_sha256": _hash_file(RUBRIC_PATH),
            "command": f"hw4-grade {submission.name} --seed {seed}",
            "wall_seconds": round(time.monotonic() - started, 3),
        },
    }
    return Graded(
        result,
        _collect_evidence(grading, assembly, answers, settings.rubric) | {"lab2": lab2.tables or None},
        _is_readable(submission, assembly),
    )


def choose_finetunes(settings: Settings, sandbox: Sandbox) -> tuple[str, ...]:
    """Choose what to finetune shortly: what was asked for, else all on a device and one on the CPU."""
    if settings.finetunes is not None:
        return settings.finetunes
    return ON_A_DEVICE if sandbox.device.is_cuda else ON_THE_CPU


def describe_isolation(isolation: Isolation) -> dict[str, Any]:
    """Return the isolation that was in force, as it stands in a result."""
    return isolation.as_dict() | {"weak": not isolation.is_sufficient}


def _is_readable(submission: Submission, assembly: Assembly) -> bool:
    return bool(submission.sources) and not assembly.unreadable


def _hash_file(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_written_answers(submission: Submission) -> Answers:
    """Read what a submission's ``answers.toml`` says; nothing where it has none."""
    return read_answers(submission.answers.content if submission.answers else b"")


def _texts(answers: Answers, has_report: bool) -> dict[tuple[str, str], str]:
    texts = {place: value for place, value in answers.values.items() if isinstance(value, str)}
    if has_report:
        texts["lab2.a", "report"] = "see the PDF that was handed in"
    return texts


def _collect_evidence(
    grading: Grading, assembly: Assembly, answers: Answers, rubric: Rubric
) -> dict[str, Any]:
    texts: dict[str, list[tuple[str, str]]] = {}
    for item in rubric.items:
        for part in item.parts:
            text = answers.values.get((item.id, part.answer)) if part.kind == "human" else None
            if isinstance(text, str) and text.strip():
                texts.setdefault(item.id, []).append((part.title, text))
    return grading.evidence | {
        "listing": assembly.listing,
        "sources": assembly.sources,
        "answers": texts,
    }
