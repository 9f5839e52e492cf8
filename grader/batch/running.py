"""One run over a class: read, grade what changed, write everything down as it happens."""

from __future__ import annotations

import contextlib
from collections import deque
from dataclasses import dataclass, field, replace
from typing import Any

from rich.console import Console

from grader.batch.cluster import ClusterPool
from grader.batch.engine import Order
from grader.batch.evidence import FILE_NAME as EVIDENCE
from grader.batch.planning import Plan, give_reason
from grader.batch.pool import Event, Pool
from grader.batch.progress import RunProgress
from grader.errors import GraderError, UsageError
from grader.gradebook.changes import Change, compare_results
from grader.gradebook.recording import (
    FAULT,
    REFUSED,
    Attempt,
    Fingerprints,
    record_download,
    record_failure,
    record_result,
    record_upload,
)
from grader.gradebook.records import ClassDownload, HandedIn
from grader.gradebook.standing import find_folder, find_last_result, unpack_result
from grader.gradebook.store import Gradebook
from grader.submission import Submission

_WAIT_SECONDS = 1.0
MAX_TRIES = 2
RESULT_FILES = ("results.json", "report.pdf", EVIDENCE)


@dataclass(frozen=True)
class Ticket:
    """A submission in work.

    Attributes:
        attempt: What is graded.
        order: What the job was asked.
        reason: Why it is graded.
        tries: How often it was tried before.
    """

    attempt: Attempt
    order: Order
    reason: str
    tries: int = 0


@dataclass
class RunOutcome:
    """What a run came to.

    Attributes:
        graded_keys: Who was graded.
        unchanged: How many were graded before and did not change.
        unreadable: How many hold code that cannot be read, or none, or could not be read at all.
        faults: Our faults, by student.
        changes: What a regrade changed.
        unstable: Checks that came out differently the second time, by student.
    """

    graded_keys: set[str] = field(default_factory=set)
    unchanged: int = 0
    unreadable: int = 0
    faults: dict[str, str] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    unstable: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def graded(self) -> int:
        """How many were graded."""
        return len(self.graded_keys)


def run_class(book: Gradebook, download: ClassDownload, plan: Plan, console: Console) -> RunOutcome:
    """Grade what changed in a class; each result is kept as soon as it is there.

    The gradebook is written here alone; jobs write into the folder of the student they grade. A
    submission that fails, whatever happens, is written down as failed and the others go on.

    Args:
        book: The gradebook.
        download: The uploads.
        plan: How to grade.
        console: Where progress goes.

    Returns:
        What came of it.

    Raises:
        StaffError: Nothing can be graded here; what was graded before is kept.
        UsageError: Data that were asked for cannot be had.
        KeyboardInterrupt: The caller stopped it; what was graded is kept.
    """
    progress = RunProgress(console, len(download.handed_in))
    options = {"allow_weak": plan.allow_weak, "choices": dict(plan.choices)}
    pool: Pool | ClusterPool
    if plan.cluster:
        pool = ClusterPool(plan.cluster, options, plan.engine, plan.grading_seconds, say=progress.tell)
    else:
        pool = Pool(plan.jobs, options, plan.engine, plan.grading_seconds)
    with progress, pool:
        return _Run(book, plan, progress, pool).go(download)


class _Run:
    def __init__(self, book: Gradebook, plan: Plan, progress: RunProgress, pool: Pool | ClusterPool) -> None:
        self._book = book
        self._plan = plan
        self._progress = progress
        self._pool = pool
        self._now: Fingerprints = plan.fingerprint()
        self._outcome = RunOutcome()
        self._again: deque[Ticket] = deque()

    def go(self, download: ClassDownload) -> RunOutcome:
        download_id = record_download(self._book, download)
        waiting = deque(download.handed_in)
        ticket: Ticket | None = None  # only one submission is held in memory before its turn
        while waiting or ticket or self._again or self._pool.is_busy:
            if ticket is None and self._again:
                ticket = self._again.popleft()
            while ticket is None and waiting:
                ticket = self._prepare(download_id, waiting.popleft())
            if ticket is not None:
                self._pool.grow(1 + len(waiting) + len(self._again))
                if self._pool.has_room:
                    self._pool.give(ticket, ticket.order)
                    ticket = None
                    continue
            for event in self._pool.wait(_WAIT_SECONDS):
                self._take(event)
        return self._outcome

    def _prepare(self, download_id: int, handed_in: HandedIn) -> Ticket | None:
        """Read an upload and say whether it must be graded."""
        submission, failure, message = _read(handed_in)
        attempt = record_upload(self._book, download_id, handed_in, submission, message)
        self._sweep(attempt)
        if submission is None:
            last = find_last_result(self._book, attempt)
            if last is None or (last["outcome"], last["message"]) != (failure, message[:4000]):
                record_failure(self._book, attempt, failure, message, self._now, "not graded before")
            self._count_failure(attempt, failure, message)
            return None
        reason = give_reason(self._book, attempt, self._plan, self._now)
        if not reason:
            self._outcome.unchanged += 1
            self._progress.skip()
            return None
        order = Order(
            submission=submission,
            submitted_at=handed_in.submitted_at,
            folder=find_folder(self._book, attempt.key),
            pdf=self._plan.pdf,
            twice=self._plan.twice,
        )
        return Ticket(attempt, order, reason)

    def _sweep(self, attempt: Attempt) -> None:
        """Remove what a job that was killed had half written."""
        folder = find_folder(self._book, attempt.key)
        for name in RESULT_FILES:
            for leftover in folder.glob(f".{name}.*"):
                leftover.unlink(missing_ok=True)

    def _take(self, event: Event) -> None:
        ticket: Ticket = event.ticket
        if event.delivery is not None:
            self._keep(ticket, event.delivery)
        elif event.lost and ticket.tries + 1 < MAX_TRIES:
            self._again.append(replace(ticket, tries=ticket.tries + 1))
        else:
            record_failure(self._book, ticket.attempt, FAULT, event.fault, self._now, ticket.reason)
            self._count_failure(ticket.attempt, FAULT, event.fault)

    def _keep(self, ticket: Ticket, delivery: dict[str, Any]) -> None:
        attempt, result = ticket.attempt, delivery["result"]
        last = find_last_result(self._book, attempt)
        unstable = tuple(delivery["unstable"])
        record_result(
            self._book,
            attempt,
            result,
            delivery["policies"],
            self._now,
            ticket.reason,
            readable=delivery["readable"],
            unstable=unstable,
        )
        if last is not None and last["result"] is not None:
            old = unpack_result(last)
            self._outcome.changes += compare_results(attempt.key, old, result, ticket.reason)
        if unstable:
            self._outcome.unstable[attempt.key] = unstable
        self._outcome.graded_keys.add(attempt.key)
        self._outcome.unreadable += not delivery["readable"]
        words = f"{result['score']:g} of {result['max_score']:g}"
        if result["pending"]:
            words += f", {result['pending']:g} pending"
        if result["status"] != "graded":
            self._outcome.faults[attempt.key] = "some checks could not be made; their points stay pending"
            words += ", not graded completely: our fault"
        self._progress.finish(attempt.key, words, failed=result["status"] != "graded")

    def _count_failure(self, attempt: Attempt, failure: str, message: str) -> None:
        """Count an upload without a result; what an earlier grading left must not look like one."""
        for name in RESULT_FILES:
            with contextlib.suppress(OSError):
                (find_folder(self._book, attempt.key) / name).unlink(missing_ok=True)
        if failure == REFUSED:
            self._outcome.unreadable += 1
            self._progress.finish(attempt.key, f"cannot be read: {message}", failed=True)
        else:
            self._outcome.faults[attempt.key] = message
            self._progress.finish(attempt.key, f"not graded, our fault: {message}", failed=True)


def _read(handed_in: HandedIn) -> tuple[Submission | None, str, str]:
    """Read an upload; else say whose fault it is that it cannot be, and why."""
    try:
        return handed_in.read(), "", ""
    except UsageError as error:
        return None, REFUSED, error.message
    except Exception as error:  # noqa: BLE001  # one upload must not stop the rest
        message = error.message if isinstance(error, GraderError) else f"{type(error).__name__}: {error}"
        return None, FAULT, message
