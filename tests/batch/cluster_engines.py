"""Engines for tests of the cluster: they answer as a grader does, without one."""

import contextlib
import os
import time
from pathlib import Path

from grader.batch.engine import Delivery
from grader.errors import StaffError


@contextlib.contextmanager
def start_counting(options):
    """Start an engine that answers with the bytes it was sent, and keeps a log of what it did."""
    yield CountingEngine(options)


@contextlib.contextmanager
def start_refusing(_options):
    """Find that this host cannot confine student code."""
    raise StaffError("submissions would be confined at level D only", hint="use another host")
    yield


class CountingEngine:
    """Answers with a digest, writes a report, and dies or fails where the submission says so."""

    def __init__(self, options):
        self.log = Path(options["log"])
        self.seconds = options.get("seconds", 0.0)

    def grade(self, order):
        """Grade."""
        name = order.submission.name
        with self.log.open("a") as stream:
            stream.write(f"{name} {os.getppid()} {os.getpid()}\n")
        if name == "kills-the-station":
            os.kill(os.getppid(), 9)
            time.sleep(60)
        if name == "kills-the-job":
            os.kill(os.getpid(), 9)
        if name == "fails":
            raise RuntimeError("a fault of the grader")
        time.sleep(self.seconds)
        if order.pdf:
            (order.folder / "report.pdf").write_bytes(b"%PDF-" + order.submission.sha256.encode())
        result = {"sha256": order.submission.sha256, "submitted_at": str(order.submitted_at)}
        return Delivery(result, policies="{}", readable=True)
