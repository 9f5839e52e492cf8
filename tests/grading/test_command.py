"""``hw4-grade`` as a TA types it."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pypdf import PdfReader

from grader.errors import UsageError
from grader.results import prepare_folder, write_atomically
from tests.bank.paths import HANDOUT, SAMPLE

pytestmark = pytest.mark.slow
COMMAND = Path(sys.executable).with_name("hw4-grade")


def run(*arguments, **environment):
    """Run the command and return what it did."""
    return subprocess.run(
        [COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env=os.environ | {"NO_COLOR": "1", "COLUMNS": "100"} | environment,
    )


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """The bundled sample, graded twice into two folders."""
    first, second = tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("second")
    options = [SAMPLE, "--no-finetune", "--out"]
    runs = [run(*options, first), run(*options, second, PYTHONHASHSEED="7", TZ="Asia/Tokyo")]
    return runs, first, second


def test_sample_is_graded_with_its_three_imperfections(sample):
    """The wrong operator, the wrong verdict and the missing comment are what it loses."""
    (done, _), out, _ = sample
    assert done.returncode == 0, done.stderr
    result = json.loads((out / "results.json").read_text())
    failed = {check["name"] for check in result["checks"] if check["outcome"] != "passed"}
    assert failed == {"1.3.verdict", "lab1.g.prox", *(f"lab1.e.threshold_{n}" for n in (1, 2, 3, 4))}
    comment = next(part for part in result["items"]["lab1.c"]["parts"] if part["id"] == "comment")
    assert (comment["score"], comment["pending"]) == (0.0, 0.0)
    assert result["status"] == "graded"
    assert result["sandbox"]["self_test"]
    assert "lab1.e.threshold_1" in done.stdout
    assert "\x1b" not in done.stdout


def test_same_input_gives_the_same_bytes(sample):
    """The PDF, and the result but for the wall time, are equal to the byte."""
    _, first, second = sample
    assert (first / "report.pdf").read_bytes() == (second / "report.pdf").read_bytes()
    one, two = (json.loads((folder / "results.json").read_text()) for folder in (first, second))
    assert one["provenance"].pop("wall_seconds") > 0
    two["provenance"].pop("wall_seconds")
    assert one == two


def test_training_with_the_quantizer_is_told(tmp_path):
    """The single steps, the short finetune and the images stand in the result and in the report."""
    out = tmp_path / "out"
    done = run(SAMPLE, "--out", out)
    assert done.returncode == 0, done.stderr
    lab2 = json.loads((out / "results.json").read_text())["lab2"]
    assert lab2["training"]["verdict"] == "right"
    assert [found["scheme"] for found in lab2["training"]["finetunes"]] == ["bits_2"]
    assert lab2["described"] == "the embedded images with the shipped weights"
    text = " ".join("\n".join(page.extract_text() for page in PdfReader(out / "report.pdf").pages).split())
    assert "Single training steps from the reference's states on the embedded images" in text
    assert "Short finetune on the CPU: it shows that training works" in text
    assert "Lab 2 was judged on the embedded images with the shipped weights" in text


def test_report_carries_the_result(sample):
    """results.json is attached to the PDF, without what differs between runs."""
    _, out, _ = sample
    reader = PdfReader(out / "report.pdf")
    attached = json.loads(reader.attachments["results.json"][0])
    assert attached["score"] == json.loads((out / "results.json").read_text())["score"]
    assert "wall_seconds" not in attached["provenance"]


def test_untouched_handout_is_not_implemented_yet_and_no_error(grade, tmp_path):
    """The stubs score 0 on code with words that say why."""
    for name in ("lab1.py", "FP_layers.py", "answers.toml"):
        (tmp_path / name).write_bytes((HANDOUT / name).read_bytes())
    result = grade(tmp_path)
    code = [check for check in result["checks"] if check["function"]]
    assert {check["outcome"] for check in code} == {"failed"}
    assert {check["rationale"] for check in code} == {"not implemented yet"}
    assert result["score"] == 0.0


def test_path_that_does_not_exist_is_the_callers_error(tmp_path):
    """One line, a hint and status 2; nothing is written."""
    done = run(tmp_path / "nowhere", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert done.stderr.startswith("hw4-grade: error: ")
    assert "nowhere" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("option", "words"),
    [("--data", "no such folder or archive"), ("--weights", "not a readable checkpoint")],
)
def test_images_or_weights_that_cannot_be_had_are_said_before_anything_is_graded(tmp_path, option, words):
    """Status 2 at once, not after the first submission."""
    named = tmp_path / "named"
    if option == "--weights":
        named.write_bytes(b"no checkpoint")
    done = run(SAMPLE, "--out", tmp_path / "out", option, named)
    assert done.returncode == 2
    assert words in done.stderr
    assert "hint" in done.stderr
    assert not (tmp_path / "out").exists()


def test_output_inside_the_submission_is_refused(tmp_path):
    """A submission is never written into."""
    (tmp_path / "lab1.py").write_text("x = 1\n")
    with pytest.raises(UsageError, match="inside the submission"):
        prepare_folder(tmp_path / "out", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lab1.py"]


def test_output_that_is_a_file_is_the_callers_error(tmp_path):
    """A file where the output folder should be is named."""
    (tmp_path / "out").write_text("")
    with pytest.raises(UsageError, match="cannot be used as an output folder"):
        prepare_folder(tmp_path / "out", SAMPLE)


def test_full_disk_leaves_the_old_file_and_nothing_half_written(tmp_path, monkeypatch):
    """A result is there whole or not at all."""
    target = tmp_path / "results.json"
    target.write_text("old")

    def refuse(_descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(UsageError, match="No space left on device"):
        write_atomically(target, b"new")
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]


def test_code_that_cannot_be_read_is_status_1_with_a_result(tmp_path):
    """A syntax error names file and line; the rest is graded."""
    folder = tmp_path / "submission"
    folder.mkdir()
    (folder / "lab1.py").write_bytes((SAMPLE / "lab1.py").read_bytes())
    (folder / "FP_layers.py").write_text("import torch\n\nclass STE(torch.autograd.Function)\n    pass\n")
    done = run(folder, "--out", tmp_path / "out", "--no-pdf")
    assert done.returncode == 1, done.stderr
    result = json.loads((tmp_path / "out/results.json").read_text())
    assert result["items"]["lab1.b"]["score"] >= 4.0
    levels = next(check for check in result["checks"] if check["name"] == "lab2.a.levels")
    assert "line 3" in levels["rationale"]


def test_explain_shows_inputs_expected_value_and_tolerance(sample, tmp_path):
    """A TA answers an appeal from the result alone, and can make the check again."""
    _, out, _ = sample
    saved = tmp_path / "inputs.npz"
    done = run("explain", out, "lab1.e.threshold_1", "--submission", SAMPLE, "--save", saved)
    assert done.returncode == 0, done.stderr
    for word in (
        "inputs",
        "expected",
        "tolerance",
        "float32",
        "soft_threshold in lab1.py",
        "the same outcome",
    ):
        assert word in done.stdout
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("  inputs"))
    typed = {"np": np}
    exec(line.removeprefix("  inputs").strip(), typed)  # a TA pastes it
    assert np.array_equal(np.load(saved)["lab1.e.threshold_1.W"], typed["W"])
    assert typed["threshold"] == 0.004


def test_explain_shows_what_no_check_establishes(sample):
    """An item of reported numbers or texts is explained by its parts."""
    _, out, _ = sample
    done = run("explain", out, "lab2.b")
    assert done.returncode == 0, done.stderr
    assert "accuracies  claim" in done.stdout
    assert "handed in" in done.stdout


def test_explain_names_what_it_knows(sample):
    """A check that is half remembered is found by its middle."""
    _, out, _ = sample
    done = run("explain", out, "threshold")
    assert done.returncode == 2
    assert "lab1.e.threshold_1" in done.stderr
    assert run("explain", out, "lab1.e", "--save", out / "x.npz").returncode == 2


def test_explain_refuses_another_submission(sample, tmp_path):
    """The checks are made again on the files that were graded, or not at all."""
    _, out, _ = sample
    (tmp_path / "lab1.py").write_text("x = 1\n")
    done = run("explain", out, "lab1.e", "--submission", tmp_path)
    assert done.returncode == 2
    assert "hash" in done.stderr
