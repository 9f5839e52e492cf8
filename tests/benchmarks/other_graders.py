"""Six checks in the formats of other graders, and how each grades one submission."""

import json
import shutil
import subprocess
import zipfile
from dataclasses import dataclass

SETUP = """\
import numpy as np
import torch
X = np.array([[1.0, -2, -1, -1, 1], [2, -1, 2, 0, -2], [-1, 0, 2, 2, 1]])
y = np.array([[-7.0], [-1.0], [-1.0]])
W = np.array([[0.5], [-2.0], [1.0], [3.0], [-0.1]])
w = torch.linspace(-1.0, 2.0, 101)
"""
CHECKS = {
    "gd_step": "np.allclose(gd_step(W, X, y, 0.02), W - 0.04 * X.T @ (X @ W - y))",
    "prune_topk": "np.count_nonzero(prune_topk(W, 2)) == 2",
    "soft_threshold": "np.allclose(soft_threshold(W, 0.3), np.sign(W) * np.maximum(abs(W) - 0.3, 0))",
    "trimmed_l1_prox": "np.allclose(trimmed_l1_prox(W, 0.3, 2).ravel()[[1, 3]], [-2.0, 3.0])",
    "STE": "len(torch.unique(STE.apply(w, 3))) <= 8",
    "avg_precision": "avg_precision(torch.nn.Sequential(FP_Linear(4, 2, 5))) == 5",
}
IMPORTS = "from lab1 import *\nfrom FP_layers import STE, FP_Linear, avg_precision\n"


@dataclass(frozen=True)
class Grader:
    """A grader to compare with.

    Attributes:
        name: Its name.
        requirement: What to install; empty for pytest, which is here.
    """

    name: str
    requirement: str


GRADERS = (Grader("pytest", ""), Grader("otter", "otter-grader"), Grader("gradescope", "gradescope-utils"))


class Prepared:
    """A grader with its tests in place.

    Args:
        grader: Which.
        python: The interpreter of its environment.
        folder: Where its files go.
    """

    def __init__(self, grader, python, folder):
        self._python = python
        self._folder = folder
        folder.mkdir(parents=True)
        self._grade = {"pytest": self._pytest, "otter": self._otter, "gradescope": self._gradescope}[
            grader.name
        ]
        {"pytest": self._write_pytest, "otter": self._write_otter, "gradescope": self._write_gradescope}[
            grader.name
        ]()

    def grade(self, submission):
        """Grade one submission; a run that makes no verdict is an error, a wrong submission is none."""
        work = self._folder / submission.name
        shutil.copytree(submission, work)
        self._grade(work)
        shutil.rmtree(work)

    def _run(self, work, *arguments):
        return subprocess.run(
            [self._python, *arguments], cwd=work, capture_output=True, text=True, check=False
        )

    def _write_pytest(self):
        tests = "".join(f"def test_{name}():\n    assert {check}\n" for name, check in CHECKS.items())
        (self._folder / "test_plain.py").write_text(SETUP + IMPORTS + tests)

    def _pytest(self, work):
        shutil.copy(self._folder / "test_plain.py", work)
        done = self._run(work, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_plain.py")
        assert "passed" in done.stdout, done.stdout + done.stderr

    def _write_gradescope(self):
        tests = "".join(
            f"    @weight(1)\n    def test_{name}(self):\n        self.assertTrue({check})\n"
            for name, check in CHECKS.items()
        )
        (self._folder / "run_tests.py").write_text(
            "import unittest\nfrom gradescope_utils.autograder_utils.decorators import weight\n"
            "from gradescope_utils.autograder_utils.json_test_runner import JSONTestRunner\n"
            f"{SETUP}{IMPORTS}class TestSubmission(unittest.TestCase):\n{tests}"
            "suite = unittest.defaultTestLoader.loadTestsFromTestCase(TestSubmission)\n"
            "with open('results.json', 'w') as file:\n    JSONTestRunner(stream=file).run(suite)\n"
        )

    def _gradescope(self, work):
        shutil.copy(self._folder / "run_tests.py", work)
        done = self._run(work, "run_tests.py")
        results = work / "results.json"
        assert results.exists(), done.stdout + done.stderr
        assert len(json.loads(results.read_text())["tests"]) == len(CHECKS)

    def _write_otter(self):
        with zipfile.ZipFile(self._folder / "autograder.zip", "w") as archive:
            archive.writestr("otter_config.json", json.dumps({"lang": "python", "score_threshold": None}))
            archive.writestr("requirements.txt", "")
            for name, check in CHECKS.items():
                code = "".join(f">>> {line}\n" for line in SETUP.splitlines()) + f">>> bool({check})\nTrue\n"
                test = {
                    "name": name,
                    "points": 1,
                    "suites": [{"type": "doctest", "scored": True, "cases": [{"code": code}]}],
                }
                archive.writestr(f"tests/{name}.py", f"OK_FORMAT = True\ntest = {test!r}\n")

    def _otter(self, work):
        # otter grades one script: the two files one after the other.
        script = work / "hw4.py"
        script.write_text("\n".join((work / f"{name}.py").read_text() for name in ("lab1", "FP_layers")))
        out = work / "out"
        out.mkdir()
        done = self._run(
            work, "-m", "otter", "run", "-a", self._folder / "autograder.zip", "-o", out, "--no-logo", script
        )
        results = out / "results.json"
        assert results.exists(), done.stdout + done.stderr
        assert len(json.loads(results.read_text())["tests"]) >= len(CHECKS), results.read_text()
