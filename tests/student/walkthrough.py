"""Walk the way of a new user, from the zip in a clean environment to a graded submission.

``python -m tests.student.walkthrough`` writes the transcript to ``docs/walkthrough.md``; a test
walks the same way and compares.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
from pathlib import Path

import nbformat

from grader.handout import NAME, build_handout
from tests.bank.paths import REFERENCE, REPOSITORY

DOCUMENT = REPOSITORY / "docs" / "walkthrough.md"
NETID = "ab123"
INTRODUCTION = """# From the zip to a graded submission

What a new user sees, command by command, in a clean virtual environment. This page is written by
`python -m tests.student.walkthrough`; `tests/student/test_walkthrough.py` walks the same way and compares.
Between two commands somebody writes: here the reference's functions and the key's answers are put in their
places. The finetunes of Lab 2 are left out (`--no-finetune`), for they take longer than a test may.
"""


class Walk:
    """One way through the handout.

    Args:
        folder: An empty folder.
        title: Heading of the transcript.
    """

    def __init__(self, folder, title):
        self.home = folder / "hw4"
        self.environment = folder / "environment"
        self.lines = [f"## {title}", ""]
        self.result = {}
        self._zip = build_handout(folder)

    def say(self, text):
        """Write a remark into the transcript."""
        self.lines += [text, ""]

    def install(self):
        """Unpack and install into a clean environment; what it depends on is borrowed, not downloaded."""
        shutil.unpack_archive(self._zip, self.home)
        venv.create(self.environment, with_pip=False, symlinks=os.name != "nt")
        variables = {"base": str(self.environment), "platbase": str(self.environment)}
        site = Path(sysconfig.get_path("purelib", vars=variables))
        (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
        python = Path(sysconfig.get_path("scripts", vars=variables)) / "python"
        command = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-deps"]
        command += ["--no-build-isolation", "--no-index", "--no-warn-script-location", str(self.home)]
        subprocess.run(command, check=True, capture_output=True, cwd=self.home)
        shutil.rmtree(self.home / "build", ignore_errors=True)
        self.say(
            f"```\n$ unzip {NAME} -d hw4\n$ cd hw4\n$ python -m venv .venv\n$ source .venv/bin/activate\n"
            "$ pip install .\n```"
        )

    def run(self, *arguments, status=0):
        """Run ``hw4`` in the folder, as installed, and write down what it prints."""
        scripts = {"base": str(self.environment), "platbase": str(self.environment)}
        program = Path(sysconfig.get_path("scripts", vars=scripts)) / "hw4"
        kept = {key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "VIRTUAL_ENV"}}
        found = subprocess.run(
            [str(program), *arguments],
            cwd=self.home,
            env=kept | {"NO_COLOR": "1", "PYTHONIOENCODING": "utf-8", "OMP_NUM_THREADS": "1"},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        printed = (found.stdout + found.stderr).rstrip()
        if found.returncode != status:
            raise AssertionError(f"hw4 {' '.join(arguments)}: status {found.returncode}\n{printed}")
        self.say(f"```\n$ hw4 {' '.join(arguments)}\n{printed}\n```")

    def write_answers(self):
        """Put the key's answers into ``answers.toml``, under somebody's name."""
        text = (REFERENCE / "answers.toml").read_text(encoding="utf-8")
        text = re.sub(r'^name = ".*"', 'name = "Ada Byron"', text, count=1, flags=re.MULTILINE)
        text = re.sub(r'^netid = ".*"', f'netid = "{NETID}"', text, count=1, flags=re.MULTILINE)
        (self.home / "answers.toml").write_text(text, encoding="utf-8")

    def write_functions(self):
        """Put the reference's functions into ``lab1.py`` and ``FP_layers.py``."""
        for name in ("lab1.py", "FP_layers.py"):
            shutil.copy(REFERENCE / name, self.home)

    def write_notebook(self):
        """Put the reference's functions of Lab 1 into the notebook, cell by cell."""
        path = self.home / "hw4.ipynb"
        book = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
        solutions = (REFERENCE / "lab1.py").read_text(encoding="utf-8")
        stubs = [cell for cell in book.cells if "NotImplementedError" in cell.source]
        stubs[0].source = solutions
        for cell in stubs[1:]:
            cell.source = ""
        path.write_text(nbformat.writes(book), encoding="utf-8")
        shutil.copy(REFERENCE / "FP_layers.py", self.home)

    def grade(self):
        """Grade what was packed, and nothing else, with the grader's own command."""
        folder = self.home / "hand_in"
        command = [sys.executable, "-c", "from grader.cli import main; main()", str(folder)]
        found = subprocess.run(command, cwd=REPOSITORY, capture_output=True, encoding="utf-8", check=False)
        if found.returncode:
            raise RuntimeError(f"status {found.returncode}\n{found.stdout}{found.stderr}")
        self.result = json.loads((self.home / "hand_in-results" / "results.json").read_text(encoding="utf-8"))
        parts = [part for item in self.result["items"].values() for part in item["parts"]]
        automatic = [part for part in parts if part["kind"] == "automatic"]
        scored, possible = (sum(part[key] for part in automatic) for key in ("score", "max_score"))
        files = ", ".join(file["name"] for file in self.result["submission"]["files"])
        self.say(f"```\n$ hw4-grade hand_in\n...\n```\n\nFiles that were found: {files}.")
        self.say(f"Automatic points: {scored:g} of {possible:g}.")
        return scored, possible


def walk_with_files(folder):
    """Walk with ``lab1.py`` and ``FP_layers.py``.

    Args:
        folder: An empty folder.

    Returns:
        The `Walk`, packed and not yet graded.
    """
    walk = Walk(folder, "With lab1.py")
    walk.install()
    walk.run("check")
    walk.say("The six functions are written, and the answers.")
    walk.write_functions()
    walk.write_answers()
    walk.run("check")
    walk.run("lab1")
    walk.run("lab2", "--no-finetune", "--fill")
    walk.run("report", status=1)
    walk.run("pack")
    return walk


def walk_with_notebook(folder):
    """Walk with ``hw4.ipynb``.

    Args:
        folder: An empty folder.

    Returns:
        The `Walk`, packed and not yet graded.
    """
    walk = Walk(folder, "With the notebook")
    walk.install()
    walk.say("The functions of Lab 1 are written in `hw4.ipynb`, those of Lab 2 in `FP_layers.py`.")
    walk.write_notebook()
    walk.write_answers()
    walk.run("check")
    walk.run("lab1")
    walk.run("pack")
    return walk


def mask(text):
    """Leave out what may differ from one machine to another: every number and digest."""
    text = re.sub(r"\b[0-9a-f]{64}\b", "#", text)
    return re.sub(r"-?\d[\d.,:]*(?:e[-+]?\d+)?", "#", text)


def main():
    """Walk both ways and write the page."""
    pages = [INTRODUCTION]
    for way in (walk_with_files, walk_with_notebook):
        with tempfile.TemporaryDirectory() as folder:
            walk = way(Path(folder))
            walk.grade()
            pages.append("\n".join(walk.lines))
    DOCUMENT.write_text("\n".join(pages).rstrip() + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
