"""The ``hw4 check`` command: what it prints, when it fails, how fast it starts."""

import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner

from student.given.cli import main
from tests.bank.paths import HANDOUT, RIGHT, SAMPLE


@pytest.fixture
def folder(tmp_path, clean_imports):
    for name in ("lab1.py", "FP_layers.py", "answers.toml"):
        shutil.copy(HANDOUT / name, tmp_path)
    return tmp_path


def check(*arguments):
    """Run ``hw4 check`` in process."""
    return CliRunner().invoke(main, ["check", *map(str, arguments)])


def test_an_untouched_handout_is_a_list_of_things_to_do(folder):
    """What is not written yet is no failure: six lines to do, and status 0."""
    result = check(folder)
    assert result.exit_code == 0
    assert result.output.count("not implemented yet") == 6
    assert "FAIL" not in result.output


def test_right_functions_pass(folder):
    """The right functions pass, one line each."""
    shutil.copy(RIGHT / "python_loops" / "lab1.py", folder)
    result = check(folder, "--lab", 1)
    assert result.exit_code == 0
    assert result.output.count("pass  ") == 4


def test_a_wrong_function_is_shown_with_got_expected_why_and_hint(folder):
    """A failure says what was called, what came back, what was expected, why, and how to go on."""
    (folder / "lab1.py").write_text(
        "import numpy as np\ndef soft_threshold(W, threshold):\n    return W * (abs(W) > threshold)\n",
        encoding="utf-8",
    )
    result = check(folder, "--lab", 1)
    assert result.exit_code == 1
    for word in ("call  ", "got  ", "expected  ", "hard thresholding", "hint  ", "0.75"):
        assert word in result.output


def test_a_file_that_python_cannot_read_is_named_with_its_line(folder):
    """A syntax error is reported once, and the other file is checked all the same."""
    (folder / "lab1.py").write_text("def gd_step(W:\n    return W\n", encoding="utf-8")
    result = check(folder)
    assert result.exit_code == 1
    assert "lab1.py: line 1:" in result.output
    assert "FP_layers.py, not implemented yet" in result.output


def test_an_exception_while_loading_is_reported_with_its_line(folder):
    """What was defined before the exception is checked; what comes after is said to be missing."""
    text = (RIGHT / "python_loops" / "lab1.py").read_text(encoding="utf-8")
    head, tail = text.split("def prune_topk")
    (folder / "lab1.py").write_text(f"{head}1 / 0\ndef prune_topk{tail}", encoding="utf-8")
    result = check(folder, "--lab", 1)
    assert result.output.startswith("pass  gd_step")
    assert "ZeroDivisionError: division by zero (lab1.py, line" in result.output


def test_one_file_or_a_notebook_can_be_checked(clean_imports):
    """The target may be a file: the six names are found in it."""
    notebook = next((RIGHT / "notebook_with_everything").glob("*.ipynb"))
    result = check(notebook, "--lab", 1)
    assert result.exit_code == 0, result.output
    assert result.output.count(notebook.name) == 4


def test_answers_are_checked_too(folder):
    """A malformed answer fails with its line; what is empty is listed as to do."""
    text = (folder / "answers.toml").read_text(encoding="utf-8")
    (folder / "answers.toml").write_text(text.replace('optimal = ""', "optimal = maybe", 1), encoding="utf-8")
    result = check(folder, "--lab", 1)
    assert result.exit_code == 1
    assert "lab1.b.optimal: found 'maybe'" in result.output
    assert "1.1-1.10  verdict, explanation" in result.output
    assert "lab2" not in result.output
    shutil.copy(SAMPLE / "answers.toml", folder)
    assert check(folder, "--lab", 1).exit_code == 0


def test_wrong_usage_has_status_2(folder):
    """A path that is not there, or a third lab, is the caller's mistake."""
    assert check(folder / "nowhere").exit_code == 2
    assert check(folder, "--lab", 3).exit_code == 2


def test_no_colour_where_it_is_not_wanted(folder):
    """With NO_COLOR, and in a pipe, no escape sequence is printed."""
    command = [sys.executable, "-m", "student.given.cli", "check", "--lab", "1", str(folder)]
    found = subprocess.run(command, capture_output=True, check=False, env={"NO_COLOR": "1", "TERM": "xterm"})
    assert b"\x1b[" not in found.stdout
    assert b"gd_step" in found.stdout


def test_lab_1_is_checked_without_pytorch(folder):
    """``hw4 check --lab 1`` imports neither torch nor matplotlib: that keeps it within a second."""
    shutil.copy(RIGHT / "python_loops" / "lab1.py", folder)
    code = (
        "import sys\nfrom student.given.cli import main\n"
        f"try: main(['check', '--lab', '1', {str(folder)!r}])\nexcept SystemExit: pass\n"
        "assert not {'torch', 'matplotlib', 'reportlab'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_a_terminal_that_knows_no_greek_gets_question_marks_not_a_traceback(folder):
    """The output is printed in whatever encoding the terminal has."""
    command = [sys.executable, "-m", "student.given.cli", "check", str(folder)]
    found = subprocess.run(command, capture_output=True, check=False, env={"PYTHONIOENCODING": "cp1252"})
    assert found.returncode == 0, found.stderr
