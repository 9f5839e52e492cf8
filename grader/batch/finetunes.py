"""``hw4-grade finetune``: the assignment's finetunes with the students' quantizers, equal ones run once."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from grader.batch.reading import choose_folder, is_single, read_paths
from grader.errors import StaffError, UsageError
from grader.finetune_names import scheme_option
from grader.finetuned import FullFinetunes, Measured
from grader.grade import load_handout, read_attachments, read_written_answers, survey
from grader.gradebook.finetunes import Finetune, record_finetune
from grader.gradebook.records import ClassDownload, HandedIn
from grader.gradebook.standing import find_standing, name_folder
from grader.gradebook.store import FILE_NAME, Gradebook
from grader.grading_run import GradingRun
from grader.identified import Identification, Quantizer
from grader.lab2.bands import LEAST_HALF_WIDTH
from grader.lab2.commands import show_progress
from grader.lab2.finetune_store import FinetuneStore
from grader.preflight import read_known_submission
from grader.reported import list_reported, open_lab2
from grader.results import choose_own_folder, prepare_folder, write_atomically
from grader.submission import Assembly, Submission, add_measured_numbers, assemble
from grader.terminal import plain

RESULT_NAME = "finetunes.json"
SCHEMA_VERSION = 1
_NAMES_SHOWN = 4


@dataclass
class Student:
    """A submission whose quantizer is finetuned.

    Attributes:
        key: The student.
        folder: Where its results go.
        sha256: Digest of the upload.
        quantizer: What its quantizer does.
        reported: Reported values by item and name.
        measured: What was measured so far.
    """

    key: str
    folder: Path
    sha256: str
    quantizer: Quantizer
    reported: dict[tuple[str, str], Any]
    measured: list[Measured] = field(default_factory=list)


@dataclass
class Group:
    """Submissions with one quantizer.

    Attributes:
        assembly: The code that is run, of the first of them.
        students: All of them.
    """

    assembly: Assembly
    students: list[Student]

    @property
    def quantizer(self) -> Quantizer:
        """What their quantizer does."""
        return self.students[0].quantizer

    def describe(self) -> str:
        """Name them."""
        names = [student.key for student in self.students]
        more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
        same = ", as the reference" if self.quantizer.is_reference else ""
        return ", ".join(names[:_NAMES_SHOWN]) + more + same


@click.command(name="finetune")
@click.argument("submissions", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Folder of results; as for grading by default.")
@click.option("--student", "students", multiple=True, help="Only this student; may be given several times.")
@scheme_option("Only this finetune; may be given several times.")
@click.option("--data", default="embedded", show_default=True, help="embedded, cifar10 or a path.")
@click.option("--weights", type=click.Path(path_type=Path), help="A checkpoint; the shipped one by default.")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option(
    "--minutes",
    type=click.IntRange(min=1),
    default=240,
    show_default=True,
    help="What one finetune may take; what it reached then is kept, and the same command goes on.",
)
@click.option(
    "--store", type=click.Path(path_type=Path), help="Folder of runs; in the user's cache by default."
)
@click.option("--allow-weak", is_flag=True, help="Run student code even where it cannot be confined well.")
def finetune_command(
    submissions: tuple[Path, ...],
    out: Path | None,
    students: tuple[str, ...],
    schemes: tuple[str, ...],
    *,
    data: str,
    weights: Path | None,
    device: str,
    seed: int,
    minutes: int,
    store: Path | None,
    allow_weak: bool,
) -> None:
    """Finetune in full with the quantizers of SUBMISSIONS, as Lab 2(c) and (d) ask, and keep what they reach.

    Submissions whose quantizers are equal to the bit share a run. It stands beside the numbers that they
    report (hw4-grade marks), and gives and takes no points. A command that was stopped goes on.
    """
    console = Console()
    download = read_paths(submissions)
    folder = prepare_folder(_choose_results(download, out), download.path)
    wanted = _select(download, students)
    runs = FinetuneStore.open(store)
    choices: dict[str, Any] = {"data": data, "weights": weights, "device": device}
    with GradingRun.start(console, allow_weak=allow_weak, finetunes_in_full=True, **choices) as run:
        lab2 = open_lab2(data, weights)
        reference = _assemble(read_known_submission("reference"), run)
        identification = Identification(lab2, run.sandbox, runs, reference)
        groups, notes = _group(wanted, run, identification, folder, single=is_single(download))
        _say_groups(console, groups, notes)
        with _open_book(folder) as book, show_progress() as show:
            finetunes = FullFinetunes(
                lab2, run.sandbox, runs, seed=seed, seconds=60.0 * minutes, report=show, say=click.echo
            )
            names = [name for name in finetunes.names if not schemes or name in schemes]
            faults = _measure(finetunes, names, groups, lab2.described, book)
    click.echo(f"finetunes run now: {finetunes.runs}; the others were known")
    click.echo(f"beside the results of each student: {RESULT_NAME} in {folder}")
    if faults:
        raise StaffError("; ".join(faults[:_NAMES_SHOWN]), hint="the same command goes on with what is left")


def _choose_results(download: ClassDownload, out: Path | None) -> Path:
    if is_single(download) and out is None:  # as grading does: beside the submission
        return choose_own_folder(download.path)
    return choose_folder(download, out)


def _select(download: ClassDownload, students: tuple[str, ...]) -> list[HandedIn]:
    known = {entry.key for entry in download.handed_in}
    if unknown := [key for key in students if key not in known]:
        raise UsageError(
            f"--student: found no {unknown[0]!r}, expected one such as {', '.join(sorted(known)[:4])}",
            hint="it is the name of a folder or file, or what the LMS calls the student",
        )
    return [entry for entry in download.handed_in if not students or entry.key in students]


def _assemble(submission: Submission, run: GradingRun) -> Assembly:
    return assemble(submission, survey(submission, run.sandbox), load_handout())


def _group(
    wanted: list[HandedIn], run: GradingRun, identification: Identification, folder: Path, *, single: bool
) -> tuple[list[Group], list[str]]:
    """Read the submissions and put those together whose quantizers are equal to the bit."""
    groups: dict[str, Group] = {}
    notes = []
    for entry in wanted:
        try:
            upload = entry.read()
            submission = read_attachments(upload, run.sandbox)
            answers, _ = add_measured_numbers(read_written_answers(submission), submission)
            assembly = _assemble(submission, run)
            quantizer = identification.identify(assembly)
        except UsageError as error:
            notes.append(f"{entry.key}: cannot be read: {error.message}")
            continue
        finally:
            run.sandbox.let_go()
        if quantizer.problem:
            notes.append(f"{entry.key}: no quantizer to finetune with: {quantizer.problem}")
            continue
        place = folder if single else folder / name_folder(entry.key)
        student = Student(entry.key, place, upload.sha256, quantizer, list_reported(answers))
        groups.setdefault(quantizer.fingerprint, Group(assembly, [])).students.append(student)
    return list(groups.values()), notes


def _say_groups(console: Console, groups: list[Group], notes: list[str]) -> None:
    students = sum(len(group.students) for group in groups)
    console.print(
        f"submissions with a quantizer: {students}; different quantizers: {len(groups)}", highlight=False
    )
    for line in [*(group.describe() for group in groups), *notes]:
        console.print(plain(f"  {line}", 300), soft_wrap=True)


@contextlib.contextmanager
def _open_book(folder: Path) -> Iterator[Gradebook | None]:
    if not (folder / FILE_NAME).is_file():
        yield None
        return
    with Gradebook.open(folder) as book:
        yield book


def _measure(
    finetunes: FullFinetunes, names: list[str], groups: list[Group], described: str, book: Gradebook | None
) -> list[str]:
    """Measure everything, keep each value as soon as it is known, and return our faults."""
    faults = []
    for name in names:
        for group in groups:
            whose = group.students[0].key
            try:
                measured = finetunes.measure(name, group.assembly, group.quantizer, whose)
            except StaffError as error:
                faults.append(f"{name}, {whose}: {error.message}")
                continue
            reached = "no accuracy" if measured.accuracy is None else f"{measured.accuracy:.4f}"
            click.echo(f"{name}: {reached} ({measured.describe(whose)}): {plain(group.describe(), 200)}")
            for student in group.students:
                student.measured.append(measured)
                _keep(student, described, book)
                _say_difference(student)
    return faults


def _say_difference(student: Student) -> None:
    """Say that a student reports another value than was measured; where they agree, nothing."""
    last = student.measured[-1]
    reported = student.reported.get((last.item, last.name))
    if not isinstance(reported, int | float) or last.accuracy is None:
        return
    if abs(reported - last.accuracy) > LEAST_HALF_WIDTH:
        click.echo(f"  {plain(student.key, 80)} reports {reported:.4f}")


def _keep(student: Student, described: str, book: Gradebook | None) -> None:
    """Write what is known of a student beside the results, and into the gradebook."""
    last = student.measured[-1]
    path = student.folder / RESULT_NAME
    known = _read_kept(path, student, described)
    entry = {
        "item": last.item,
        "name": last.name,
        "reported": student.reported.get((last.item, last.name)),
        "measured": last.accuracy,
        "words": last.describe(student.key),
        "run": last.record,
    }
    kept = [other for other in known if (other["item"], other["name"]) != (last.item, last.name)]
    content = {
        "schema_version": SCHEMA_VERSION,
        "student": student.key,
        "submission_sha256": student.sha256,
        "described": described,
        "quantizer": student.quantizer.fingerprint,
        "same_as_reference": student.quantizer.is_reference,
        "finetunes": sorted([*kept, entry], key=lambda other: (other["item"], other["name"])),
    }
    student.folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    write_atomically(path, text.encode("utf-8", "backslashreplace"))
    if book is None:
        return
    with contextlib.suppress(UsageError):  # it was not graded into this gradebook
        standing = find_standing(book, student.key)
        if standing.attempt.sha256 == student.sha256:
            words = f"{last.describe(student.key)}; {described}"
            found = Finetune(last.accuracy, words, student.quantizer.fingerprint)
            record_finetune(book, standing.attempt, (last.item, last.name), found, last.record)


def _read_kept(path: Path, student: Student, described: str) -> list[dict[str, Any]]:
    """Read what was kept before of the same upload and images; nothing else counts."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        same = (found["submission_sha256"], found["described"]) == (student.sha256, described)
        return [entry for entry in found["finetunes"] if entry["name"] and entry["item"]] if same else []
    except (OSError, ValueError, KeyError, TypeError):
        return []
