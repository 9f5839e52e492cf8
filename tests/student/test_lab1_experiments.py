"""`hw4 lab1`: every run of the assignment, figures, and results that are never half written."""

import json
import shutil

import numpy as np
import pytest
from click.testing import CliRunner

import reference.lab1
from student.given.cli import main
from student.given.lab1_experiments import list_figures, run_experiments
from student.given.results_file import ResultsError, find_stale, hash_code, read_results, write_part
from tests.bank.paths import HANDOUT, RIGHT


@pytest.fixture
def folder(tmp_path, clean_imports):
    shutil.copy(RIGHT / "python_loops" / "lab1.py", tmp_path)
    return tmp_path


def test_the_runs_reach_what_the_assignment_promises():
    """The 18 runs end where the reference's do: (c) and (f) at the sparse optimum, (b) at another one."""
    runs = run_experiments(reference.lab1)
    assert len(runs) == 18
    by_item = {}
    for run in runs:
        by_item.setdefault(run["item"], []).append(run)
    assert by_item["lab1.b"][0]["nonzeros"] == 5
    for run in (*by_item["lab1.c"], *by_item["lab1.f"]):
        assert np.allclose(run["final_weights"], [0, 3, 0, 0, -1], atol=1e-9)
    assert [run["nonzeros"] for run in by_item["lab1.e"]] == [4, 2, 2, 2]
    assert len(runs[0]["loss"]) == len(runs[0]["weights"]) == 201


def test_every_item_has_its_figure():
    """(b) to (g) have a figure each, and (f) one more for the first 20 steps."""
    names = [name for name, _, _ in list_figures(run_experiments(reference.lab1))]
    assert names == [*(f"lab1_{letter}" for letter in "bcdefg"), "lab1_f_early"]


def test_the_command_writes_figures_and_results(folder):
    """Every figure is there as PNG and as PDF, and the results name the code that made them."""
    result = CliRunner().invoke(main, ["lab1", str(folder)])
    assert result.exit_code == 0, result.output
    names = {path.name for path in (folder / "figures").iterdir()}
    assert {f"lab1_{letter}.{suffix}" for letter in "bcdefg" for suffix in ("png", "pdf")} <= names
    results = read_results(folder)
    assert results["lab1"]["code"] == {"lab1.py": hash_code(folder / "lab1.py")}
    assert find_stale(results, folder) == []
    with (folder / "lab1.py").open("a") as file:
        file.write("# changed\n")
    assert find_stale(results, folder) == [("lab1", "lab1.py")]


@pytest.mark.slow
def test_what_is_not_written_is_skipped(folder):
    """One function is enough for its runs: the others are still to do, and nothing is lost."""
    shutil.copy(HANDOUT / "lab1.py", folder)
    source = (folder / "lab1.py").read_text(encoding="utf-8")
    step = "return W - lr * (2 * X.T @ (X @ W - y) + l1 * np.sign(W))"
    (folder / "lab1.py").write_text(
        source.replace('raise NotImplementedError("Lab 1(b)")', step), encoding="utf-8"
    )
    result = CliRunner().invoke(main, ["lab1", str(folder)])
    assert result.exit_code == 1
    made = [run["item"] for run in read_results(folder)["lab1"]["runs"] if "loss" in run]
    assert made == ["lab1.b", *["lab1.d"] * 4, "lab1.g"]
    assert "prune_topk is not written yet" in result.output


@pytest.mark.slow
def test_a_run_that_diverges_or_raises_does_not_stop_the_others(folder):
    """Infinite losses are drawn as far as they go, and an exception is reported with its line."""
    (folder / "lab1.py").write_text(
        "def gd_step(W, X, y, lr, l1=0.0):\n    return W * 1e9 + 1e9\n\n"
        "def prune_topk(W, k):\n    return 1 / 0\n",
        encoding="utf-8",
    )
    result = CliRunner().invoke(main, ["lab1", str(folder)])
    assert "ZeroDivisionError: division by zero (lab1.py, line 5)" in result.output
    assert (folder / "figures" / "lab1_b.png").exists()
    runs = json.loads((folder / "results.json").read_text(encoding="utf-8"))["lab1"]["runs"]
    assert runs[0]["final_loss"] is None


def test_each_lab_writes_its_own_part(tmp_path):
    """Writing the part of one lab keeps the other's."""
    write_part(tmp_path, "lab2", {"code": {}, "rows": [1, 2]})
    write_part(tmp_path, "lab1", {"code": {}, "runs": []})
    assert read_results(tmp_path)["lab2"]["rows"] == [1, 2]
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]


def test_damaged_results_are_not_overwritten(tmp_path):
    """A file that cannot be read is left alone, and what to do is said."""
    (tmp_path / "results.json").write_text("{", encoding="utf-8")
    with pytest.raises(ResultsError, match="delete it"):
        write_part(tmp_path, "lab1", {})
    assert (tmp_path / "results.json").read_text(encoding="utf-8") == "{"


def test_running_a_notebook_does_not_make_its_results_stale(tmp_path):
    """The digest of a notebook is that of its code, not of its outputs."""
    cell = {"cell_type": "code", "source": ["x = 1\n", "x"], "outputs": []}
    for outputs in ([], [{"output_type": "stream", "text": "1"}]):
        book = {"cells": [cell | {"outputs": outputs}], "nbformat": 4}
        (tmp_path / f"{len(outputs)}.ipynb").write_text(json.dumps(book), encoding="utf-8")
    assert hash_code(tmp_path / "0.ipynb") == hash_code(tmp_path / "1.ipynb") != ""
