"""The same batch on a Dask cluster: submissions travel by content, results come back, the gradebook stays.

Every process of the cluster is a station (`grader.batch.station`) with one warm grader. This end gives each
station one submission at a time and names the station, so that when a process or a host is lost it is known
which submission it was working on, and no other is blamed.
"""

from __future__ import annotations

import json
import queue
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from grader.batch.engine import Order
from grader.batch.pool import ENGINE, START_SECONDS, Event
from grader.batch.scheduler import connect
from grader.batch.station import FILES, Identity, describe_station, grade_on_station
from grader.errors import StaffError
from grader.results import write_atomically, write_result

# Hosts of a cluster come and go: how long a run without any station waits for one.
PATIENCE_SECONDS = 300.0
# A submission whose station is lost this often is taken to be the reason.
MAX_LOSSES = 3
_LOOK_SECONDS = 1.0
_ASK_SECONDS = 120.0
_GRACE_SECONDS = 60.0


@dataclass
class Task:
    """A submission that is with a station.

    Attributes:
        ticket: Comes back with the event.
        order: What to grade.
        future: Dask's handle.
        deadline: When it is given up, by the monotonic clock.
        losses: Why stations were lost over it before.
    """

    ticket: Any
    order: Order
    future: Any = None
    deadline: float = 0.0
    losses: list[str] = field(default_factory=list)


class ClusterPool:
    """Stations of a Dask cluster, used as `grader.batch.pool.Pool` is: a context manager.

    Args:
        address: ``tcp://host:port``, ``tls://host:port``, or the path of a Dask scheduler file.
        options: What the engine is started with.
        engine: Where the engine is found, ``module:function``.
        grading_seconds: How long one submission may take.
        patience_seconds: How long to wait for a station when there is none.
        say: Told in a line when a station is refused or lost.

    Raises:
        UsageError: There is no such scheduler.
        StaffError: Dask is not installed.
    """

    def __init__(
        self,
        address: str,
        options: Mapping[str, Any],
        engine: str = ENGINE,
        grading_seconds: float = 1800.0,
        patience_seconds: float = PATIENCE_SECONDS,
        say: Callable[[str], None] = lambda _line: None,
    ) -> None:
        self._client = connect(address)
        self._address = address
        self._options = dict(options)
        self._engine = engine
        self._grading_seconds = grading_seconds
        self._patience_seconds = patience_seconds
        self._say = say
        self._identity = Identity.find(self._options.get("choices", {}))
        self._stations: dict[str, Task | None] = {}
        self._refused: dict[str, str] = {}
        self._again: list[Task] = []
        self._done: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._looked = self._seen = time.monotonic()
        self._number = 0
        try:
            self._look()
        except BaseException:
            self._client.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        futures = [task.future for task in self._stations.values() if task is not None]
        with suppress(Exception):  # the scheduler may be gone
            self._client.cancel(futures, force=True)
        self._client.close()

    @property
    def is_busy(self) -> bool:
        """Whether anything is with a station, or waits for another one."""
        return bool(self._again) or any(task is not None for task in self._stations.values())

    @property
    def has_room(self) -> bool:
        """Whether a station is idle and nothing that lost its station waits for it."""
        return not self._again and None in self._stations.values()

    def grow(self, wanted: int) -> None:
        """Take what the cluster has: it grows by itself, and `wait` looks for new stations.

        Args:
            wanted: Unused.
        """

    def give(self, ticket: Any, order: Order) -> None:
        """Send a submission to an idle station.

        Args:
            ticket: Comes back with the event.
            order: What to grade; its folder is on this machine.
        """
        self._send(Task(ticket, order))

    def wait(self, timeout_seconds: float) -> Iterator[Event]:
        """Yield what stations came to, after waiting for one at most.

        Args:
            timeout_seconds: How long to wait.

        Raises:
            StaffError: The scheduler is gone, or there was no station that may grade for too long.
        """
        future = None
        with suppress(queue.Empty):
            future = self._done.get(timeout=timeout_seconds)
        while future is not None:
            yield from self._hear(future)
            future = None
            with suppress(queue.Empty):
                future = self._done.get_nowait()
        if time.monotonic() - self._looked > _LOOK_SECONDS:
            yield from self._look_for_lost()
        while self._again and None in self._stations.values():
            self._send(self._again.pop(0))

    def _send(self, task: Task) -> None:
        address = next(address for address, held in self._stations.items() if held is None)
        self._number += 1
        future = self._client.submit(
            grade_on_station,
            task.order,
            self._options,
            self._engine,
            self._grading_seconds,
            key=f"hw4-grade-{self._client.id}-{self._number}",
            workers=[address],
            allow_other_workers=False,
            pure=False,
            retries=0,
        )
        task.future = future
        task.deadline = time.monotonic() + START_SECONDS + self._grading_seconds + _GRACE_SECONDS
        self._stations[address] = task
        future.add_done_callback(self._done.put)

    def _hear(self, future: Any) -> Iterator[Event]:
        address = next((a for a, task in self._stations.items() if task and task.future is future), None)
        if address is None:
            return  # given up before
        task = self._stations[address]
        assert task is not None
        try:
            text, files = future.result(timeout=_ASK_SECONDS)
            answer = json.loads(text)
        except Exception as error:  # noqa: BLE001  # Dask's own, or what it could not unpickle
            yield from self._lose(address, f"{type(error).__name__}: {error}"[:300])
            return
        self._stations[address] = None
        if answer["kind"] == "graded":
            keep_delivery(task.order, answer["result"], files)
            yield Event(task.ticket, answer)
        elif answer["kind"] == "fault":
            yield Event(task.ticket, None, answer["message"])
        elif answer["kind"] == "lost":
            yield from self._retry(task, f"{address}: {answer['message']}")
        else:
            del self._stations[address]
            self._refuse(address, f"cannot grade: {answer['message']}")
            self._again.append(task)

    def _lose(self, address: str, why: str) -> Iterator[Event]:
        task = self._stations.pop(address)
        self._say(f"lost {address}: {why}")
        if task is not None:
            with suppress(Exception):  # it may be gone with the scheduler
                self._client.cancel([task.future], force=True)
            yield from self._retry(task, f"{address}: {why}")

    def _retry(self, task: Task, why: str) -> Iterator[Event]:
        """Let another station try; after so many losses the submission is taken to be the reason."""
        losses = [*task.losses, why]
        if len(losses) < MAX_LOSSES:
            self._again.append(Task(task.ticket, task.order, losses=losses))
            return
        told = f"{len(losses)} grading processes were lost over it: {'; '.join(losses)}"
        yield Event(task.ticket, None, told)

    def _look_for_lost(self) -> Iterator[Event]:
        alive = self._look()
        for address in list(self._stations):
            task = self._stations[address]
            if address not in alive:
                yield from self._lose(address, "its process or host is gone")
            elif task is not None and time.monotonic() > task.deadline:
                yield from self._lose(address, "gave no answer in time")
                self._refuse(address, "gave no answer in time")

    def _look(self) -> set[str]:
        """Find out which stations there are, and whether new ones may grade."""
        self._looked = time.monotonic()
        if self._client.status != "running":
            raise self._no_scheduler("the connection is closed")
        try:
            alive = set(self._client.nthreads())
        except (OSError, TimeoutError, RuntimeError) as error:
            raise self._no_scheduler(str(error)) from error
        self._refused = {address: why for address, why in self._refused.items() if address in alive}
        new = sorted(alive - self._stations.keys() - self._refused.keys())
        if new:
            self._admit(new)
        if self._stations:
            self._seen = time.monotonic()
        elif time.monotonic() - self._seen > self._patience_seconds:
            raise self._no_station()
        return alive

    def _admit(self, new: list[str]) -> None:
        found = self._client.run(
            describe_station, self._options.get("choices", {}), workers=new, on_error="return"
        )
        for address in new:
            answer = found.get(address)
            if not isinstance(answer, dict):
                self._refuse(address, f"cannot say what it has installed: {answer!r}"[:300])
                continue
            fields = ("grader", "assignment", "choices", "versions")
            difference = self._identity.say_difference(Identity(*(answer[name] for name in fields)))
            if difference:
                self._refuse(address, f"would grade differently: {difference}")
            else:
                self._stations[address] = None

    def _refuse(self, address: str, why: str) -> None:
        self._refused[address] = why
        self._say(f"refused {address}: {why}")

    def _no_scheduler(self, why: str) -> StaffError:
        return StaffError(
            f"the scheduler at {self._address} is gone: {why}",
            hint="what was graded is kept; start it again and run the same command again",
        )

    def _no_station(self) -> StaffError:
        reasons = "".join(f"\n  {address}: {why}" for address, why in sorted(self._refused.items())[:8])
        return StaffError(
            f"the cluster at {self._address} has no process that may grade "
            f"(found {len(self._refused)} that may not, waited {self._patience_seconds:g} s){reasons}",
            hint="start workers that have this very version of hw4-grader; what was graded is kept",
        )


def keep_delivery(order: Order, result: dict[str, Any], files: Mapping[str, bytes]) -> None:
    """Write what a station sent into the student's folder on this machine.

    Args:
        order: What was asked for.
        result: The result.
        files: The files beside it, by name; one that is not there is removed here, too.
    """
    order.folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        (order.folder / name).unlink(missing_ok=True)  # an old one must not stand beside a new result
    write_result(result, order.folder / "results.json")
    for name in FILES:
        if name in files:
            write_atomically(order.folder / name, files[name])
