"""What a process of a cluster runs: one warm grader, asked for one submission at a time.

Imported by the processes of a Dask cluster (`grader.batch.cluster` is the other end). The grading itself
runs in a job of its own, as on a single machine, so that whatever ends it leaves this process alive.
"""

from __future__ import annotations

import json
import os
import platform
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from grader.batch.engine import Order
from grader.batch.evidence import FILE_NAME as EVIDENCE
from grader.batch.pool import Event, Pool
from grader.errors import GraderError
from grader.fingerprint import describe_choices, describe_versions, fingerprint_assignment, fingerprint_grader

# What a result has besides `results.json`; `evidence.bin` is plain data, in the format of the wire.
FILES = ("report.pdf", EVIDENCE)
_WAIT_SECONDS = 5.0


@dataclass(frozen=True)
class Identity:
    """What decides whether two installations grade alike.

    Attributes:
        grader: The digest of our sources and the versions of the packages.
        assignment: The digest of the assignment's data, the rubric and the key.
        choices: The options, with digests of the files that they name.
        versions: The versions, to say what differs.
    """

    grader: str
    assignment: str
    choices: str
    versions: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def find(cls, choices: Mapping[str, Any]) -> Identity:
        """Find out the identity of this installation."""
        return cls(
            fingerprint_grader(), fingerprint_assignment(), describe_choices(choices), describe_versions()
        )

    def say_difference(self, other: Identity) -> str:
        """Say how another installation differs from this one; empty when they grade alike.

        Examples:
            >>> here = Identity("a", "b", "{}", {"numpy": "2.4"})
            >>> here.say_difference(Identity("c", "b", "{}", {"numpy": "1.26"}))
            'numpy: found 1.26, expected 2.4'
            >>> here.say_difference(here)
            ''
        """
        names = sorted({*self.versions, *other.versions})
        versions = [
            f"{name}: found {other.versions.get(name, 'none')}, expected {self.versions.get(name, 'none')}"
            for name in names
            if self.versions.get(name) != other.versions.get(name)
        ]
        if versions:
            return ", ".join(versions)
        if self.assignment != other.assignment:
            return "its assignment data, rubric or key differ"
        if self.choices != other.choices:
            return f"its options differ: found {other.choices}, expected {self.choices}"
        return "its sources of the grader differ" if self.grader != other.grader else ""


class Station:
    """One job, kept warm between submissions.

    Args:
        options: What the engine is started with.
        engine: Where the engine is found, ``module:function``.
        grading_seconds: How long one submission may take.
        threads: Threads that the job may use.
    """

    def __init__(
        self, options: Mapping[str, Any], engine: str, grading_seconds: float, threads: int = 1
    ) -> None:
        self._pool = Pool(1, options, engine, grading_seconds, threads)

    def grade(self, order: Order) -> tuple[str, dict[str, bytes]]:
        """Grade a submission.

        Args:
            order: What to grade; its folder stays where it was sent from.

        Returns:
            JSON, and the bytes of the files beside it. The JSON has a ``kind``: ``graded``, as a job answers;
            ``lost``, when the job was lost; ``fault``, when the grader failed; ``broken``, when no job can
            start here.
        """
        with tempfile.TemporaryDirectory(prefix="hw4-station-") as folder:
            out = Path(folder)
            try:
                event = self._ask(replace(order, folder=out))
            except GraderError as error:
                told = {"kind": "broken", "message": error.message, "hint": error.hint}
                return json.dumps(told | {"status": error.exit_status}), {}
            if event.delivery is None:
                return json.dumps({"kind": "lost" if event.lost else "fault", "message": event.fault}), {}
            files = {name: (out / name).read_bytes() for name in FILES if (out / name).is_file()}
        return json.dumps(event.delivery), files

    def close(self) -> None:
        """End the job."""
        self._pool.__exit__(None, None, None)

    def _ask(self, order: Order) -> Event:
        while not self._pool.has_room:
            self._pool.grow(1)
            list(self._pool.wait(_WAIT_SECONDS))
        self._pool.give(None, order)
        while True:
            for event in self._pool.wait(_WAIT_SECONDS):
                return event


_stations: dict[str, Station] = {}
_lock = threading.Lock()


def grade_on_station(
    order: Order, options: Mapping[str, Any], engine: str, grading_seconds: float
) -> tuple[str, dict[str, bytes]]:
    """Grade a submission in this process's warm job, starting it if need be.

    However many threads the process has, one submission is graded at a time.

    Args:
        order: What to grade.
        options: What the engine is started with.
        engine: Where the engine is found.
        grading_seconds: How long it may take.

    Returns:
        As `Station.grade`; text and bytes, so that nothing else is ever unpickled by who asked.
    """
    key = json.dumps([sorted((name, str(value)) for name, value in options.items()), engine, grading_seconds])
    with _lock:
        if key not in _stations:
            for old in _stations.values():
                old.close()
            _stations.clear()
            _stations[key] = Station(options, engine, grading_seconds, _count_threads())
        return _stations[key].grade(order)


def _count_threads() -> int:
    """Return the threads that this process of the cluster was started with."""
    from distributed import get_worker

    return int(get_worker().state.nthreads)


def describe_station(choices: Mapping[str, Any]) -> dict[str, Any]:
    """Describe this process: who it is and what it has installed, as text.

    Args:
        choices: The options of the run.

    Returns:
        ``host``, ``process`` and the fields of `Identity`.
    """
    identity = Identity.find(choices)
    return {
        "host": platform.node(),
        "process": os.getpid(),
        "grader": identity.grader,
        "assignment": identity.assignment,
        "choices": identity.choices,
        "versions": dict(identity.versions),
    }
