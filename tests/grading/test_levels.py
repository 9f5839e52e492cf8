"""What a student sees holds no hidden input, expected value or seed; a seed replays a grading."""

import io
import json
import re
from dataclasses import fields, replace
from types import SimpleNamespace

import numpy as np
import pytest
from pypdf import PdfReader
from rich.console import Console

from grader import cli
from grader.feedback import hide_answers, hide_reference
from grader.grade import grade_submission
from grader.grading_run import GradingRun
from grader.lab2.short_finetune import ShortFinetune
from grader.lab2.statistics import StepStatistics
from grader.submission import read_submission
from grader.suites import grading as suites_grading
from grader.suites.grading import StudentFunction
from grader.trained import Trained
from tests.bank.paths import RIGHT, SAMPLE

pytestmark = pytest.mark.slow
NUMBER = re.compile(r"(?<![\w.])[-+]?\d*\.?\d+(?:e[-+]?\d+)?(?![\w.])")
# Each gives its arguments away: by returning them, by quoting them, by writing into them.
TELLTALE = """
import numpy as np
import torch


def gd_step(W, X, y, lr, l1=0.0):
    return W


def prune_topk(W, k):
    return W


def soft_threshold(W, threshold):
    raise ValueError(f"{W.reshape(-1).tolist()} with {threshold}")


def trimmed_l1_prox(W, threshold, k):
    return W + 1e-6


class STE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, w, bit):
        return w + 1e-5

    @staticmethod
    def backward(ctx, g):
        return g, None


def avg_precision(net):
    return 3.21
"""
CLAIMS = """
[true_false."1.1"]
verdict = "T"
explanation = "so"
[lab2.b]
float = 0.9
bits_6 = 0.9
bits_5 = 0.9
bits_4 = 0.9
bits_3 = 0.9
bits_2 = 0.9
[lab2.e]
average_442 = 9.9
[lab2.f]
scheme = "244"
stage = "1"
"""


class Borrowed:
    """A sandbox that stays open when a run that borrowed it ends."""

    def __init__(self, sandbox):
        self._sandbox = sandbox

    def __getattr__(self, name):
        return getattr(self._sandbox, name)

    def close(self):
        """Leave it open."""


@pytest.fixture(scope="module")
def run(sandbox, settings):
    """A warm grader."""
    return GradingRun(Console(file=io.StringIO(), width=120), Borrowed(sandbox), settings)


def telling_tokens(text):
    """Return the magnitudes in a text that have at least five digits, as six digits show them."""
    found = set()
    for token in NUMBER.findall(text):
        if len(re.split("e", token)[0].lstrip("+-0.").replace(".", "")) >= 5:
            found.add(f"{abs(float(token)):.6g}")
    return found


@pytest.fixture(scope="module")
def telltale(tmp_path_factory, sandbox, settings):
    """A wrong submission that gives away what it is called with, graded; and every array it was given."""
    folder = tmp_path_factory.mktemp("telltale")
    (folder / "lab1.py").write_text(TELLTALE)
    (folder / "answers.toml").write_text('[true_false."1.1"]\nverdict = "T"\n')
    sent = []
    original = StudentFunction.probe

    def listen(self, probe, **arguments):
        sent.append(arguments)
        return original(self, probe, **arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StudentFunction, "probe", listen)
        patch.setattr(suites_grading, "TOTAL_SECONDS", 600.0)  # this is not about time
        graded = grade_submission(read_submission(folder), sandbox, settings)
    return folder, graded, {f"{abs(value):.6g}" for value in list_numbers(sent)}


def list_numbers(values):
    """Yield every float among the arguments that were sent, arrays too."""
    for value in values.values() if isinstance(values, dict) else values:
        if isinstance(value, dict | list | tuple):
            yield from list_numbers(value)
        elif hasattr(value, "reshape"):
            yield from np.asarray(value, dtype=float).reshape(-1).tolist()
        elif isinstance(value, float):
            yield value


def read_everything(folder):
    """Return all text that a student gets: the result, the report's pages and what is attached."""
    reader = PdfReader(folder / "report.pdf")
    attached = [content.decode() for content in reader.attachments["results.json"]]
    pages = [page.extract_text() for page in reader.pages]
    return (folder / "results.json").read_text(), *attached, *pages


def test_staff_level_holds_the_hidden_values_and_student_level_none(telltale, run, tmp_path):
    """Every number of inputs and expected values: results.json, the PDF, its attachment, the screen."""
    folder, graded, sent = telltale
    staff = json.dumps(graded.result)
    hidden = {
        token
        for check in graded.result["checks"]
        for key in ("inputs", "expected")
        for token in telling_tokens(check[key])
    }
    assert len(hidden) > 50
    assert len((hidden | sent) & telling_tokens(staff)) > 50
    screen = run.console.file = io.StringIO()
    run.grade(folder, tmp_path, level="student")
    for text in (*read_everything(tmp_path), screen.getvalue()):
        assert telling_tokens(text) & (hidden | sent) == set()
        assert str(graded.result["provenance"]["seed"]) not in text
        assert "Dashed grey" not in text
    result = json.loads((tmp_path / "results.json").read_text())
    assert result["level"] == "student"
    assert {check[key] for check in result["checks"] for key in ("inputs", "expected", "tolerance")} == {""}
    assert "command" not in result["provenance"]


def test_student_level_still_says_what_came_back_why_and_how_to_go_on(telltale):
    """Scores are the same; each failed check has its call, what came back, a reason."""
    _, graded, _ = telltale
    result = hide_answers(graded.result)
    assert (result["score"], result["pending"]) == (graded.result["score"], graded.result["pending"])
    failed = [check for check in result["checks"] if check["outcome"] == "failed" and check["function"]]
    assert len(failed) > 10
    assert all(check["got"] and check["rationale"] for check in failed)
    quoted = next(check for check in failed if check["function"] == "soft_threshold")
    assert quoted["got"].startswith("soft_threshold raised ValueError: [")
    assert "lab1.py, line" in quoted["got"]
    average = next(check for check in failed if check["name"] == "lab2.e.networks")
    assert average["got"] == "3.21"


def test_no_reference_reaches_the_report_of_a_student(telltale):
    """Neither the curves of Lab 1, which are the answer, nor the staircase."""
    _, graded, _ = telltale
    shown = hide_reference(graded.evidence)
    assert any(run["reference_weights"].size for run in graded.evidence["runs"]["lab1.b"])
    assert "reference_" not in str(shown["runs"])
    assert graded.evidence["staircase"]["reference"]
    assert shown["staircase"]["reference"] == {}


def test_what_the_grader_found_of_reported_numbers_stays_with_the_staff(sandbox, settings, tmp_path):
    """Accuracies, average precisions and the key's conclusion are in no text of the student's level."""
    for name in ("lab1.py", "FP_layers.py"):
        (tmp_path / name).write_bytes((RIGHT / "python_loops" / name).read_bytes())
    (tmp_path / "answers.toml").write_text(CLAIMS)
    graded = grade_submission(read_submission(tmp_path), sandbox, settings)
    staff = json.dumps([graded.result, graded.evidence["lab2"]])
    found = set(re.findall(r"0\.\d{4}\b", staff)) - {"0.9000"} | {"2.5988"}
    assert len(found) > 5
    student = json.dumps([hide_answers(graded.result), hide_reference(graded.evidence)["lab2"]])
    assert {value for value in found if value in student} == set()
    assert "the key is" not in student
    assert "0.9000" in student


def test_a_seed_replays_a_grading_to_the_same_bytes(run, settings, tmp_path):
    """The recorded seed gives the same report and result, but for the wall time; another does not."""
    results, reports = [], []
    seeds = [None]
    for name in ("recorded", "replayed", "another"):
        again = replace(run, settings=replace(settings, seed=seeds[-1]))
        again.grade(SAMPLE, tmp_path / name)
        result = json.loads((tmp_path / name / "results.json").read_text())
        assert result["provenance"].pop("wall_seconds") > 0
        results.append(json.dumps(result))
        reports.append((tmp_path / name / "report.pdf").read_bytes())
        seeds.append(result["provenance"]["seed"] if len(seeds) == 1 else 7)
    assert results[0] == results[1] != results[2]
    assert reports[0] == reports[1] != reports[2]
    inputs = [[check["inputs"] for check in json.loads(text)["checks"]] for text in results]
    assert inputs[0] != inputs[2]


@pytest.mark.parametrize(("options", "level"), [([], None), (["--level", "student"], "student")])
def test_the_command_has_the_level_as_an_option(run, monkeypatch, tmp_path, options, level):
    """``hw4-grade SUBMISSION --level student``; the staff's is the default."""
    monkeypatch.setattr(GradingRun, "start", lambda *_, **__: run)
    with pytest.raises(SystemExit) as ended:
        cli.main([str(SAMPLE), "--out", str(tmp_path), "--no-pdf", *options])
    assert ended.value.code == 0
    result = json.loads((tmp_path / "results.json").read_text())
    assert result.get("level") == level
    assert ("seed" in result["provenance"]) is (level is None)


def test_what_training_with_the_quantizer_should_reach_stays_with_the_staff(graded_training):
    """Thresholds, the reference's accuracies before and after; the student's own figures stay."""
    trained, result, tables = graded_training
    assert "0.7654" in json.dumps(trained.as_dict())
    assert "0.8123" in json.dumps(trained.as_dict())
    student = hide_answers(result)["lab2"]["training"]
    shown = json.dumps([student, hide_reference({"lab2": {"lab2.a": tables}})])
    for hidden in ("0.7654", "0.8123", "0.9012", "thresholds", "largest values", "reference"):
        assert hidden not in shown.replace("from the reference's states", "")
    assert "0.8055" in shown
    assert student["verdict"] == result["lab2"]["training"]["verdict"]
    untaken = Trained("no step was taken").tabulate("images")
    assert hide_reference({"lab2": {"lab2.a": untaken}})["lab2"]["lab2.a"] == untaken


@pytest.fixture
def graded_training():
    """Training of which every figure is known, with the tables that the report shows of it."""
    names = {field.name: 0.25 for field in fields(StepStatistics)}
    step = StepStatistics(**names)
    band = SimpleNamespace(low=0.8123, high=0.9012, describe=lambda: "0.8123 to 0.9012")
    finetune = ShortFinetune("2 bits", 0.8055, 0.0)
    trained = Trained("six steps", ((4, 0, step),), ((finetune, 0.7654, band),))
    result = {"items": {}, "checks": [], "provenance": {}, "lab2": {"training": trained.as_dict()}}
    return trained, result, trained.tabulate("images")
