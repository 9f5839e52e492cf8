"""`hw4 report` and `hw4 pack`: a report whatever the answers are, and exactly two files."""

import json
import shutil

import pypdf
import pytest
from click.testing import CliRunner

from student.given.cli import main
from student.given.doctor import examine
from student.given.lab1_experiments import run_experiments
from student.given.report_content import gather_content
from student.given.results_file import hash_code, write_part
from tests.bank.paths import HANDOUT, RIGHT, SAMPLE

import reference.lab1  # isort: skip


@pytest.fixture(scope="module")
def runs():
    """The runs of Lab 1, made once."""
    return run_experiments(reference.lab1)


@pytest.fixture
def folder(tmp_path, clean_imports, runs):
    """A folder with everything but the results of Lab 2."""
    for name in ("lab1.py", "FP_layers.py"):
        shutil.copy(RIGHT / "python_loops" / name, tmp_path)
    shutil.copy(SAMPLE / "answers.toml", tmp_path)
    write_part(tmp_path, "lab1", {"code": {"lab1.py": hash_code(tmp_path / "lab1.py")}, "runs": runs})
    return tmp_path


def run(*arguments):
    """Run ``hw4`` in process."""
    return CliRunner().invoke(main, list(map(str, arguments)))


def read_text(path):
    """Return the text of a PDF."""
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages)


def test_the_report_shows_answers_figures_listing_and_lists_what_is_missing(folder):
    """Everything that was written is in the PDF, and what is missing is listed on the terminal."""
    result = run("report", folder)
    assert result.exit_code == 1
    assert "Lab 2 (c): the accuracy at 4 bits" in result.output
    text = read_text(folder / "as1234_report.pdf")
    for words in ("Alex Sample", "class STE", "Directly using SGD", "rounding noise", "80.93 %"):
        assert words in text


def test_the_report_carries_answers_results_and_code(folder):
    """What the grader needs is attached inside, byte for byte."""
    run("report", folder)
    attached = pypdf.PdfReader(folder / "as1234_report.pdf").attachments
    assert set(attached) == {"answers.toml", "results.json", "lab1.py", "FP_layers.py"}
    assert attached["lab1.py"][0] == (folder / "lab1.py").read_bytes()


def test_the_same_folder_gives_the_same_bytes(folder):
    """Reports are deterministic."""
    run("report", folder)
    first = (folder / "as1234_report.pdf").read_bytes()
    run("report", folder)
    assert (folder / "as1234_report.pdf").read_bytes() == first


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[student]\nnetid = '''",
        "not toml at all {{{",
        "[lab1.b]\ncomment = '''<img src=\"/etc/passwd\"> <b>& $\\frac{$ \u202e \U0001f600 \ufdfd'''\n",
        "[lab1.d]\ncomment = '''" + "long " * 20_000 + "'''\n",
        '[student]\nname = "<para>"\nnetid = "../../evil"\n',
    ],
    ids=["empty", "open", "garbage", "markup", "long", "names"],
)
def test_no_answers_break_the_report(folder, text):
    """Empty, broken, hostile or endless answers give a report all the same."""
    (folder / "answers.toml").write_text(text, encoding="utf-8")
    result = run("report", folder)
    assert result.exit_code == 1
    assert result.exception is None or isinstance(result.exception, SystemExit)
    text = read_text(folder / "report.pdf")
    assert "root:" not in text
    assert [path.name for path in folder.parent.glob("*.pdf")] == []


def test_old_results_are_noted(folder):
    """Code that changed after the runs is said so in the report."""
    with (folder / "lab1.py").open("a", encoding="utf-8") as file:
        file.write("\n# changed\n")
    assert "lab1.py changed after" in gather_content(folder)["notes"][0]
    assert "run it again" in run("report", folder).output.replace("\n", " ")


def test_numbers_that_differ_from_the_measured_ones_are_noted(folder):
    """A number in the answers that was not measured is a remark, not silently replaced."""
    part = {"code": {}, "answers": {"lab2.b": {"float": 0.5, "bits_6": 0.8082}}, "runs": {}, "tradeoff": {}}
    write_part(folder, "lab2", part)
    content = gather_content(folder)
    assert content["lab2"]["float_accuracy"] == pytest.approx(0.8093)
    assert any("lab2.b float 0.8093 and 0.5000" in note for note in content["notes"])


def test_pack_makes_exactly_two_files_and_a_receipt(folder):
    """The folder to hand in holds the report and the one code file, named after the NetID."""
    result = run("pack", folder)
    assert result.exit_code == 0, result.output
    names = sorted(path.name for path in (folder / "hand_in").iterdir())
    assert names == ["as1234_lab1.py", "as1234_report.pdf"]
    receipt = (folder / "hand_in_receipt.txt").read_text(encoding="utf-8")
    assert receipt.count("sha256") == 2
    assert "as1234_lab1.py" in result.output
    assert run("pack", folder).exit_code == 0


def test_pack_takes_the_notebook_where_the_functions_are_in_it(folder):
    """With Lab 1 in a notebook the code file is the notebook, and FP_layers.py travels in the PDF."""
    (folder / "lab1.py").unlink()
    shutil.copy(HANDOUT / "lab1.py", folder)
    solved = (RIGHT / "python_loops" / "lab1.py").read_text(encoding="utf-8")
    cell = {"cell_type": "code", "source": solved, "metadata": {}, "outputs": [], "execution_count": None}
    book = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    (folder / "hw4.ipynb").write_text(json.dumps(book), encoding="utf-8")
    assert run("pack", folder).exit_code == 0
    names = sorted(path.name for path in (folder / "hand_in").iterdir())
    assert names == ["as1234_lab1.ipynb", "as1234_report.pdf"]
    attached = pypdf.PdfReader(folder / "hand_in" / "as1234_report.pdf").attachments
    assert {"hw4.ipynb", "FP_layers.py"} <= set(attached)


def find(folder):
    """Return what the doctor finds, as one text."""
    return "\n".join(f"{finding.text} | {finding.hint}" for finding in examine(folder))


def test_the_doctor_finds_a_nested_folder(folder):
    """One folder too high is the commonest mistake of all: it says where the files are."""
    (folder / "hw4").mkdir()
    (folder / "answers.toml").rename(folder / "hw4" / "answers.toml")
    assert "one in hw4/ | run hw4 pack hw4" in find(folder)


def test_the_doctor_wants_a_netid(folder):
    """Without a NetID the files have no names, so nothing is packed."""
    shutil.copy(HANDOUT / "answers.toml", folder)
    result = run("pack", folder)
    assert result.exit_code == 1
    assert "expected yours, such as ab123" in result.output
    assert not (folder / "hand_in").exists()


def test_the_doctor_finds_a_file_that_would_not_be_handed_in(folder):
    """A module of one's own beside lab1.py is not part of the single code file."""
    (folder / "sparse_tools.py").write_text("x = 1\n", encoding="utf-8")
    source = (folder / "lab1.py").read_text(encoding="utf-8")
    (folder / "lab1.py").write_text(f"import sparse_tools\n{source}", encoding="utf-8")
    assert "lab1.py imports sparse_tools.py" in find(folder)


def test_the_doctor_finds_functions_that_fail(folder):
    """A wrong shape or dtype is noticed before the upload, not after."""
    source = (folder / "lab1.py").read_text(encoding="utf-8")
    flat = "\n_step = gd_step\n\n\ndef gd_step(*args, **kwargs):\n    return _step(*args, **kwargs).ravel()\n"
    (folder / "lab1.py").write_text(source + flat, encoding="utf-8")
    assert "gd_step fails the public checks: the numbers are right but the shape is" in find(folder)


def test_the_doctor_finds_missing_and_stale_results(folder):
    """Results that are missing or of another version of the code are remarks."""
    with (folder / "lab1.py").open("a", encoding="utf-8") as file:
        file.write("\n# changed\n")
    text = find(folder)
    assert "lab1.py changed after hw4 lab1 made its results" in text
    assert "no results of Lab 2" in text


def test_the_doctor_finds_an_oversized_notebook(folder, monkeypatch):
    """A file that the grader would not take is not packed."""
    monkeypatch.setattr("student.given.doctor.MAX_CODE_BYTES", 100)
    assert "at most" in find(folder)


def test_pack_does_not_delete_what_it_did_not_make(folder):
    """A file of the student's in the output folder stops it."""
    (folder / "hand_in").mkdir()
    (folder / "hand_in" / "thesis.docx").write_text("years of work", encoding="utf-8")
    assert run("pack", folder).exit_code == 1
    assert (folder / "hand_in" / "thesis.docx").exists()
