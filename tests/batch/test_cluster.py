"""The batch on a real Dask scheduler with processes of its own, some of which are lost."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.batch.cluster import MAX_LOSSES, ClusterPool
from grader.batch.engine import Order
from grader.batch.evidence import load_evidence
from grader.errors import StaffError, UsageError
from grader.submission import read_files
from tests.bank.paths import REPOSITORY, SAMPLE

pytestmark = pytest.mark.slow
ENGINE = "tests.batch.cluster_engines:start_counting"
COMMAND = Path(sys.executable).with_name("hw4-grade")
MOMENT = datetime(2020, 10, 15, 12, 0, tzinfo=UTC)


class Cluster:
    """A scheduler and its workers, each a process, without nannies."""

    def __init__(self, folder):
        self.folder = folder
        self.file = folder / "scheduler.json"
        self.workers = []
        self.scheduler = self._start(
            "dask_scheduler",
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            "--no-dashboard",
            "--scheduler-file",
            self.file,
        )
        wait_until(self.file.exists)

    def _start(self, module, *arguments, path=REPOSITORY):
        environment = os.environ | {"PYTHONPATH": str(path), "TMPDIR": str(self.folder)}
        command = [sys.executable, "-m", f"distributed.cli.{module}", *map(str, arguments)]
        with (self.folder / f"{module}.log").open("ab") as log:
            return subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=self.folder)

    def add_workers(self, count, path=REPOSITORY):
        """Start workers and return their processes."""
        new = [
            self._start("dask_worker", "--no-nanny", "--nthreads", "1", "--no-dashboard",
                        "--local-directory", self.folder, "--scheduler-file", self.file, path=path)
            for _ in range(count)
        ]  # fmt: skip
        self.workers += new
        return new

    def end(self):
        """End every process."""
        for process in [*self.workers, self.scheduler]:
            process.kill()
            process.wait()


def wait_until(true, seconds=120.0):
    """Wait until something is true."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)


@pytest.fixture
def cluster(tmp_path):
    """A scheduler."""
    folder = tmp_path / "cluster"
    folder.mkdir()
    cluster = Cluster(folder)
    yield cluster
    cluster.end()


def order_for(name, folder):
    """Return the order for a submission that is told by its name."""
    return Order(read_files(name, {"lab1.py": f"# {name}\n".encode()}), MOMENT, folder / name)


def connect(cluster, tmp_path, **changes):
    """Connect to a cluster as a run does."""
    options = {"log": str(tmp_path / "log"), "seconds": 0.1, "choices": {"data": "embedded"}}
    return ClusterPool(str(cluster.file), options, **({"engine": ENGINE, "grading_seconds": 60.0} | changes))


def grade_all(pool, orders, at_event=lambda _count: None):
    """Grade as the batch does, and return the events by name."""
    waiting, events = list(orders), []
    deadline = time.monotonic() + 240
    while waiting or pool.is_busy:
        assert time.monotonic() < deadline, events
        if waiting and pool.has_room:
            order = waiting.pop(0)
            pool.give(order.submission.name, order)
            continue
        for event in pool.wait(0.2):
            events.append(event)
            at_event(len(events))
    counts = Counter(event.ticket for event in events)
    assert set(counts.values()) <= {1}, "a submission came back twice"
    return {event.ticket: event for event in events}


def test_lost_worker_costs_nothing_but_time(cluster, tmp_path):
    """Of three workers one is killed in the middle: every result is there, once, and right."""
    workers = cluster.add_workers(3)
    orders = [order_for(f"student-{number:02}", tmp_path / "out") for number in range(30)]
    lines = []

    def kill(count):
        if count == 6:
            workers[1].send_signal(signal.SIGKILL)

    with connect(cluster, tmp_path, say=lines.append) as pool:
        wait_until(lambda: list(pool.wait(0.2)) or len(pool._stations) == 3)
        events = grade_all(pool, orders, kill)
    assert events.keys() == {order.submission.name for order in orders}
    for order in orders:
        event, expected = events[order.submission.name], order.submission.sha256
        assert event.delivery["result"] == {"sha256": expected, "submitted_at": str(MOMENT)}
        assert json.loads((order.folder / "results.json").read_text())["sha256"] == expected
        assert (order.folder / "report.pdf").read_bytes() == b"%PDF-" + expected.encode()
    log = [line.split() for line in (tmp_path / "log").read_text().splitlines()]
    assert len({station for _, station, _ in log}) == 3
    assert len({job for _, _, job in log}) == 3, "a station started its grader anew"
    assert len(log) <= len(orders) + 1, "more than the lost one was graded again"
    assert any(line.startswith("lost tcp://") for line in lines)


def test_submission_that_kills_is_given_up_and_harms_no_other(cluster, tmp_path):
    """What ends its worker, or its job, so many times is our fault in words; a worker may join late."""
    cluster.add_workers(MAX_LOSSES)
    names = ["a", "kills-the-station", "kills-the-job", "fails", "b", "c", "d"]

    def add(count):
        if count == 1:
            cluster.add_workers(1)

    with connect(cluster, tmp_path) as pool:
        events = grade_all(pool, [order_for(name, tmp_path / "out") for name in names], add)
    assert events.keys() == set(names)
    assert {name for name, event in events.items() if event.delivery} == {"a", "b", "c", "d"}
    tries = Counter(line.split()[0] for line in (tmp_path / "log").read_text().splitlines())
    assert tries["kills-the-station"] == tries["kills-the-job"] == MAX_LOSSES
    for name in ("kills-the-station", "kills-the-job"):
        assert events[name].fault.startswith(f"{MAX_LOSSES} grading processes were lost over it")
        assert not events[name].lost, "it would be tried again"
    assert "RuntimeError: a fault of the grader" in events["fails"].fault
    assert tries["fails"] == 1


def test_worker_with_another_version_is_refused(cluster, tmp_path):
    """A worker whose sources differ gets nothing; where there is no other, the run stops and says why."""
    other = tmp_path / "other"
    for package in ("grader", "student", "reference", "report_template", "tests"):
        shutil.copytree(REPOSITORY / package, other / package, ignore=shutil.ignore_patterns("__pycache__"))
    with (other / "grader" / "scoring.py").open("a") as stream:
        stream.write("# another version\n")
    different = cluster.add_workers(1, path=other)[0]
    lines = []
    with connect(cluster, tmp_path, say=lines.append) as pool:
        wait_until(lambda: list(pool.wait(0.2)) or lines)
        pool._patience_seconds = 0.5
        with pytest.raises(StaffError, match="sources of the grader differ"):
            grade_all(pool, [order_for("a", tmp_path / "out")])
    cluster.add_workers(1)
    with connect(cluster, tmp_path, say=lines.append) as pool:
        events = grade_all(pool, [order_for(name, tmp_path / "out") for name in "abcd"])
    assert all(event.delivery for event in events.values())
    stations = {line.split()[1] for line in (tmp_path / "log").read_text().splitlines()}
    assert str(different.pid) not in stations
    assert all(line.startswith("refused tcp://") for line in lines)


def test_station_that_cannot_grade_is_refused_with_its_reason(cluster, tmp_path):
    """A host that cannot confine student code is named, and its submission is not blamed."""
    cluster.add_workers(1)
    lines = []
    refusing = "tests.batch.cluster_engines:start_refusing"
    with connect(cluster, tmp_path, engine=refusing, say=lines.append) as pool:
        wait_until(lambda: list(pool.wait(0.2)) or pool.has_room)
        pool._patience_seconds = 0.5
        with pytest.raises(StaffError, match="submissions would be confined at level D only"):
            grade_all(pool, [order_for("a", tmp_path / "out")])
        assert pool.is_busy, "the submission was given up"
    assert len(lines) == 1
    assert "cannot grade: submissions would be confined" in lines[0]


def test_addresses_that_lead_nowhere_are_the_callers_error(tmp_path, monkeypatch):
    """A file that is missing and a port where nobody listens are named."""
    with pytest.raises(UsageError, match="expected tcp://host:port"):
        ClusterPool(str(tmp_path / "nothing.json"), {})
    monkeypatch.setattr("grader.batch.scheduler.CONNECT_SECONDS", 0.5)
    with pytest.raises(UsageError, match="no scheduler answers"):
        ClusterPool("tcp://127.0.0.1:1", {})


def test_scheduler_that_ends_stops_the_run(cluster, tmp_path):
    """Without a scheduler the run ends with an error of ours, and does not hang."""
    cluster.add_workers(1)
    with connect(cluster, tmp_path) as pool:
        wait_until(lambda: list(pool.wait(0.2)) or pool.has_room)
        cluster.scheduler.kill()
        with pytest.raises(StaffError, match="scheduler"):
            grade_all(pool, [order_for(f"s{n}", tmp_path / "out") for n in range(400)])


def test_class_is_graded_on_a_cluster_as_on_one_machine(cluster, tmp_path, grade):
    """`hw4-grade CLASS --cluster` gives the results of one machine, reports, and a gradebook beside them."""
    cluster.add_workers(1)
    class_folder = tmp_path / "class"
    for name in ("ann", "bob"):
        shutil.copytree(SAMPLE, class_folder / name)
    (class_folder / "bob" / "lab1.py").write_text("def prune_topk(W, k):\n    return W\n")
    done = subprocess.run(
        [COMMAND, class_folder, "--cluster", cluster.file, "--out", tmp_path / "out", "--no-finetune"],
        capture_output=True, text=True, timeout=400, check=False, env=os.environ | {"NO_COLOR": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "out" / "gradebook.sqlite").is_file()
    for name in ("ann", "bob"):
        (path,) = (tmp_path / "out").rglob(f"*{name}*/results.json")
        results = [json.loads(path.read_text()), grade(class_folder / name)]
        assert [result["provenance"].pop("wall_seconds") > 0 for result in results] == [True, True]
        assert results[0] == results[1]
        assert path.with_name("report.pdf").read_bytes().startswith(b"%PDF-")
        assert load_evidence(path.with_name("evidence.bin").read_bytes())["listing"] is not None
