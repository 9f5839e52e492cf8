"""An engine that gives results in milliseconds, or fails in the way that the submission asks for.

It stands in for the grader in tests of everything around it: jobs, gradebook, resuming.
"""

import contextlib
import json
import os
import time
from pathlib import Path

from grader.batch.engine import Delivery, describe_policies, list_differences
from grader.batch.evidence import FILE_NAME, dump_evidence
from grader.results import write_result
from grader.sandbox.device_queue import hold_device
from student.given.problem import load_assignment

ENGINE = "tests.gradebook.fake_engine:start"


def make_result(code, *, points=2.0, texts=("it converges", ""), stray=0):
    """Make a result: one check that passes for code with `right` in it, two texts to mark."""
    passed = "right" in code
    check = {
        "name": "lab1.b.one_step",
        "item": "lab1.b",
        "function": "gd_step",
        "outcome": "passed" if passed else "failed",
        "score": points if passed else 0.0,
        "max_score": points,
        "pending": 0.0,
        "got": str(stray),
        "rationale": "" if passed else "entry 3 differs; the factor two is missing",
        "hint": "",
    }
    parts = [
        {
            "id": "trajectory",
            "title": "trajectory",
            "kind": "automatic",
            "max_score": points,
            "score": check["score"],
            "pending": 0.0,
            "rationale": "",
            "text": "",
        },
        *(
            {
                "id": name,
                "title": name,
                "kind": "human",
                "max_score": 3.0,
                "score": 0.0,
                "pending": 3.0 if text else 0.0,
                "rationale": "to be marked by a person" if text else "found no text",
                "text": text,
            }
            for name, text in zip(("comment", "second"), texts, strict=True)
        ),
    ]
    item = {
        "title": "Gradient descent",
        "score": check["score"],
        "max_score": points + 6.0,
        "pending": sum(part["pending"] for part in parts),
        "bonus": False,
        "parts": parts,
    }
    return {
        "status": "graded",
        "score": check["score"],
        "raw_score": check["score"],
        "max_score": 100.0,
        "pending": item["pending"],
        "items": {"lab1.b": item},
        "checks": [check],
        "policies": [{"name": "zip", "applied": "zipped" in code, "points": 0.0, "rationale": "a zip"}],
        "sandbox": {"weak": False, "level": "A"},
        "provenance": {"seed": 1},
        "submission": {"notes": []},
    }


class FakeEngine:
    """Grades by what the code says."""

    def __init__(self, choices):
        self._choices = choices
        self._calls = 0

    def grade(self, order):
        """Grade, or fail as told."""
        code = b"".join(file.content for file in order.submission.files).decode()
        time.sleep(self._choices.get("delay_seconds", 0.0))
        if "raises" in code:
            raise RuntimeError("\x1b[31mthe fake broke")
        if "exits" in code:
            raise SystemExit(0)
        if "crashes" in code:
            os.abort()
        if "hangs" in code:
            time.sleep(600)
        if "queues" in code:
            locks = Path(self._choices["locks"])
            (locks / "begun").touch()
            with hold_device("GPU-1", locks):
                pass
        texts = ("text of the first" if "first" in code else "it converges", "")
        results = []
        for _ in range(1 + order.twice):
            self._calls += 1
            stray = self._calls if "stray" in code else 0
            results.append(
                make_result(code, points=self._choices.get("points", 2.0), texts=texts, stray=stray)
            )
        order.folder.mkdir(parents=True, exist_ok=True)
        write_result(results[0], order.folder / "results.json")
        if order.pdf:
            (order.folder / FILE_NAME).write_bytes(dump_evidence({}))
            (order.folder / "report.pdf").write_bytes(b"%PDF-")
        arrived = order.submitted_at or order.submission.submitted_at
        policies = describe_policies(results[0], load_assignment(), arrived)
        return Delivery(
            results[0], policies, "unreadable" not in code, list_differences(*results[:1], results[-1])
        )


@contextlib.contextmanager
def start(options):
    """Start it; `broken` in the choices keeps it from starting."""
    if options["choices"].get("broken"):
        raise RuntimeError("no numpy here")
    yield FakeEngine(json.loads(json.dumps(options["choices"])))
