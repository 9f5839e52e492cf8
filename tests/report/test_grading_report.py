"""The grading report: what stands on its pages, and that nothing loses it."""

from __future__ import annotations

import copy
import hashlib
import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pdfplumber
import pytest
from pypdf import PdfReader

from report_template.grading import build_grading_report
from tests.report.reading import list_fonts, list_titles, read_text
from tests.report.sample_data import IMPERFECT, make_evidence, make_result

ROOT = Path(__file__).parents[2]
ITEMS = [f"1.{n}" for n in range(1, 11)] + [f"lab1.{c}" for c in "abcdefg"] + [f"lab2.{c}" for c in "abcdef"]


@pytest.fixture
def build(tmp_path):
    """Build a report and open it."""

    def build_and_open(result, evidence):
        path = tmp_path / "report.pdf"
        build_grading_report(result, evidence, path)
        return PdfReader(io.BytesIO(path.read_bytes()))

    return build_and_open


def test_the_verdict_stands_first(build):
    first = build(make_result(IMPERFECT), make_evidence(wrong=True)).pages[0].extract_text()
    assert "Grading report: 50.5 / 100 so far" in first
    assert "7 of 45 automatic checks failed" in first
    assert "46 points wait for a person; the total can reach 96.5" in first


def test_every_item_has_its_score_on_page_1(build):
    first = build(make_result(IMPERFECT), make_evidence(wrong=True)).pages[0].extract_text()
    for item in ITEMS:
        name = item if item.startswith("1.") else f"Lab {item[3]} ({item[-1]})"
        assert name in first
    for score in ("4 / 4", "6 / 7", "4.5 / 10", "9 / 20"):
        assert score in first


def test_the_score_table_stays_on_page_1_when_every_row_is_long(build):
    result = make_result(default="failed", human="missing")
    for entry in result["items"].values():
        entry["title"] = "A title that is as long as any instructor would ever write it, and then longer"
    first = build(result, {}).pages[0].extract_text()
    assert "Total" in first
    assert "Evidence, item by item" not in first


def test_states_are_words(build):
    text = read_text(build(make_result(IMPERFECT), make_evidence(wrong=True)))
    for word in ("pass", "fail", "pending", "skipped"):
        assert word in text


def test_a_failed_check_shows_call_got_expected_why_and_hint(build):
    text = read_text(build(make_result(IMPERFECT), make_evidence(wrong=True)))
    for words in (
        "soft_threshold(W, threshold=0.0)",
        "-1.40848 at [0, 0] (5 of 5 entries differ)",
        "-1.20848",
        "the result looks like hard thresholding",
        "the result is sign(W) * max(|W| - threshold, 0)",
        "out[np.abs(out) <= threshold] = 0.0",
    ):
        assert words in text


def test_a_fault_of_ours_is_never_a_score(build):
    reader = build(make_result(default="error"), make_evidence())
    first = reader.pages[0].extract_text()
    assert "Grading report: not graded: our fault" in first
    assert "says nothing about the submission" in first
    assert "0 / 100" not in reader.metadata.subject
    assert "not graded: our fault" in reader.metadata.subject


def test_one_fault_of_ours_among_verdicts_is_named(build):
    first = build(make_result({"lab1.c.operator": "error"}), make_evidence()).pages[0].extract_text()
    assert "1 could not be run: our fault, no points lost." in first


def test_marks_that_a_person_gave_are_shown(build):
    text = read_text(build(make_result(human="full"), make_evidence()))
    assert "Grading report: 100 / 100" in text
    assert "wait for a person" not in text
    assert "for a person to mark" not in text


@pytest.mark.parametrize(
    ("level", "stamped"), [("A", False), ("B", False), ("B'", False), ("C", True), ("D", True)]
)
def test_weak_isolation_is_stamped_on_every_page(build, level, stamped):
    reader = build(make_result(level=level), make_evidence())
    assert len(reader.pages) > 3
    assert all(("WEAK ISOLATION" in page.extract_text()) == stamped for page in reader.pages)


def test_policies_isolation_and_reproduction_stand_at_the_end(build):
    reader = build(make_result(), make_evidence())
    tail = "".join(page.extract_text() for page in reader.pages[-2:])
    for words in (
        "the total cannot exceed 100",
        "the upload was not a zip file",
        "on time",
        "Landlock ABI 2",
        "What was not checked",
        "hw4-grade submissions/jd123 --out graded",
        "590, cpu",
        "torch 2.15.0",
        "ab12" * 16,
        "5c1f" * 16,
    ):
        assert words in tail


def test_a_zip_penalty_is_told_in_the_first_sentence(build):
    result = make_result(human="full")
    result |= {"score": 80.0}
    result["policies"][1] |= {
        "applied": True,
        "points": -20.0,
        "rationale": "uploaded in a zip file: 20% is deducted",
    }
    first = build(result, make_evidence()).pages[0].extract_text()
    assert "80 / 100" in first
    assert "Applied: uploaded in a zip file: 20% is deducted (-20 points)." in " ".join(first.split())


def test_outline_metadata_language_and_links(build):
    reader = build(make_result(IMPERFECT), make_evidence(wrong=True))
    titles = list_titles(reader.outline)
    assert titles[0].startswith("Grading report")
    assert titles[-4:] == ["Policies", "Isolation in force", "What was not checked", "How to reproduce this"]
    assert sum(title.startswith(("Lab 1", "Lab 2")) for title in titles) == 13
    assert reader.metadata.title == "ECE 590-03 Homework 4: grading report, jd123"
    root = reader.trailer["/Root"]
    assert root["/Lang"] == "en-US"
    assert (
        root["/ViewerPreferences"]["/DisplayDocTitle"] == "true"
        or root["/ViewerPreferences"]["/DisplayDocTitle"]
    )
    links = [note.get_object() for note in reader.pages[0]["/Annots"]]
    assert len(links) == 14
    assert all(link["/Subtype"] == "/Link" for link in links)


def test_every_page_names_whose_it_is_and_its_number(build):
    reader = build(make_result(IMPERFECT), make_evidence(wrong=True))
    for number, page in enumerate(reader.pages, start=1):
        text = " ".join(page.extract_text().split())
        assert "ECE 590-03 Homework 4" in text
        assert "jd123" in text
        assert f"page {number} of" in text
        assert str(len(reader.pages)) in text


def test_results_are_attached_without_the_wall_time(build):
    result = make_result(IMPERFECT)
    reader = build(result, make_evidence(wrong=True))
    attached = json.loads(reader.attachments["results.json"][0])
    assert attached["score"] == result["score"]
    assert "wall_seconds" not in attached["provenance"]
    assert result["provenance"]["wall_seconds"] == 3.21


def test_all_fonts_are_embedded(build):
    fonts = list_fonts(build(make_result(IMPERFECT), make_evidence(wrong=True)))
    assert len(fonts) == 3
    assert all(fonts.values()), fonts


def test_nothing_stands_outside_the_margins_and_nothing_is_tiny(tmp_path):
    path = tmp_path / "report.pdf"
    build_grading_report(make_result(IMPERFECT, level="C"), make_evidence(wrong=True), path)
    with pdfplumber.open(path) as document:
        for page in document.pages:
            assert (page.width, page.height) == (612, 792)
            for character in page.chars:
                assert character["x0"] >= 53.5
                assert character["x1"] <= 612 - 53.5, (page.page_number, character["text"], character["x1"])
                assert character["top"] >= 20
                assert character["bottom"] <= 792 - 30
                assert character["size"] >= 6.99 or not character["upright"]


def test_the_reference_is_drawn_dashed_under_the_students_curve(tmp_path):
    path = tmp_path / "report.pdf"
    build_grading_report(make_result(), {"runs": {"lab1.b": make_evidence()["runs"]["lab1.b"]}}, path)
    content = b"".join(page.get_contents().get_data() for page in PdfReader(path).pages)
    assert content.count(b"[3 2] 0 d") == 6  # one loss and five weights


def test_the_same_input_gives_the_same_bytes_in_any_process(tmp_path):
    script = (
        "import sys; from pathlib import Path;"
        "from report_template.grading import build_grading_report as build;"
        "from tests.report.sample_data import *;"
        "build(make_result(IMPERFECT), make_evidence(wrong=True), Path(sys.argv[1]))"
    )
    digests = set()
    for seed, zone in (("0", "UTC"), ("77", "Asia/Tokyo")):
        path = tmp_path / f"{seed}.pdf"
        environment = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone}
        subprocess.run([sys.executable, "-c", script, str(path)], check=True, cwd=ROOT, env=environment)
        digests.add(hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(digests) == 1


def test_wall_time_does_not_change_the_bytes(tmp_path):
    result, other = make_result(), make_result()
    other["provenance"]["wall_seconds"] = 99.0
    paths = [tmp_path / "a.pdf", tmp_path / "b.pdf"]
    for path, data in zip(paths, (result, other), strict=True):
        build_grading_report(data, make_evidence(), path)
    assert paths[0].read_bytes() == paths[1].read_bytes()


@pytest.mark.parametrize("outcomes", [{}, IMPERFECT])
def test_it_is_small_and_fast(tmp_path, outcomes):
    result, evidence = make_result(outcomes), make_evidence(bool(outcomes))
    path = tmp_path / "report.pdf"
    build_grading_report(result, evidence, path)
    start = time.process_time()
    build_grading_report(result, evidence, path)
    assert time.process_time() - start < 1.5
    assert path.stat().st_size <= 250_000


@pytest.mark.parametrize(
    "evidence", [{}, None, {"runs": None, "staircase": None, "listing": None, "lab2": None}]
)
def test_missing_evidence_is_told_in_words(build, evidence):
    text = read_text(build(make_result(), evidence))
    assert text.count("No run was recorded for this item") == 6
    assert "The quantizer was not run" in text
    assert "no source was found" in text


@pytest.mark.parametrize("result", [{}, {"items": {}, "checks": []}, {"score": None, "submission": None}])
def test_empty_results_still_make_a_report(build, result):
    text = read_text(build(result, {}))
    assert "nothing was graded" in text


@pytest.mark.parametrize(
    "run",
    [
        {"label": "empty"},
        {"label": "short", "loss": [1.0, 0.5], "weights": np.ones((2, 5))},
        {"label": "infinite", "loss": np.array([1.0, np.inf, np.nan]), "weights": np.full((3, 5), np.nan)},
        {
            "label": "huge",
            "loss": 10.0 ** np.arange(0, 300),
            "weights": 10.0 ** np.arange(0, 300)[:, None] * np.ones(5),
        },
        {"label": "zero", "loss": np.zeros(201), "weights": np.zeros((201, 5))},
        {"label": "negative", "loss": -np.ones(201), "weights": np.zeros((201, 1))},
        {"label": "wide", "loss": np.ones(201), "weights": np.ones((201, 40))},
        {"label": "three", "loss": np.ones(201), "weights": np.ones((201, 5, 1))},
    ],
    ids=lambda run: run["label"],
)
def test_odd_runs_are_drawn_or_told(build, run):
    evidence = make_evidence()
    run = {"reference_loss": None, "reference_weights": None, "strength": None} | run
    evidence["runs"] = {"lab1.b": [run], "lab1.d": [run, evidence["runs"]["lab1.d"][0]]}
    text = read_text(build(make_result(), evidence))
    assert "Lab 1 (b)" in text
    assert "cannot be shown" not in text


def test_a_broken_figure_costs_the_figure_only(build):
    evidence = make_evidence()
    evidence["runs"]["lab1.b"] = [{"label": "b", "loss": ["no number"], "weights": None}]
    evidence["staircase"] = {"bits": ["two"], "w": "abc"}
    evidence["listing"] = 17
    text = read_text(build(make_result(), evidence))
    assert "The figure of this item cannot be shown: ValueError" in text
    assert "The staircase cannot be shown" in text
    assert "The listing cannot be shown" in text
    assert "How to reproduce this" in text


HOSTILE = (
    '<img src="/etc/passwd"> '
    '<b>unclosed & <font color="[x]"> </para> \x00\x1b[31m \u202eabc\u202c שלום مرحبا 你好 '
    "\U0001f600 %s {0} \\u0041 \ud800 " + "x" * 100_000
)


def test_hostile_text_is_shown_as_text(build):
    result = make_result(IMPERFECT)
    result["submission"]["name"] = HOSTILE
    result["submission"]["notes"] = [HOSTILE] * 20
    result["submission"]["files"][0]["name"] = HOSTILE
    for entry in result["items"].values():
        for part in entry["parts"]:
            part["text"] = part["rationale"] = HOSTILE
    for check in result["checks"]:
        check.update(dict.fromkeys(("claim", "call", "got", "expected", "rationale", "hint"), HOSTILE))
    evidence = make_evidence(wrong=True)
    evidence["listing"] = {"file": HOSTILE, "first_line": 1, "source": HOSTILE}
    evidence["sources"]["soft_threshold"] = {
        "file": "a",
        "first_line": 3,
        "source": "\n" * 100_000 + "'''" + HOSTILE,
    }
    evidence["answers"] = {"lab1.b": [(HOSTILE, HOSTILE)]}
    evidence["runs"]["lab1.b"][0]["label"] = HOSTILE
    reader = build(result, evidence)
    text = read_text(reader)
    assert 'img src="/etc/passwd"' in text
    assert "\\u202eabc" in text.replace("\n", "")
    assert "\\U0001f600" in text.replace("\n", "")
    assert "more characters" in text
    assert "plain version" not in text
    assert not any(page.images for page in reader.pages)
    assert len(reader.pages) < 40


def test_many_hostile_lines_do_not_lose_the_report(build):
    result = make_result(IMPERFECT)
    for check in result["checks"]:
        check |= {"got": "line\n" * 5000, "hint": "wide " * 5000}
    for entry in result["items"].values():
        for part in entry["parts"]:
            part["text"] = "short\n" * 20_000
    text = read_text(build(result, make_evidence(wrong=True)))
    assert "plain version" not in text
    assert "How to reproduce this" in text


def test_a_layout_that_fails_gives_the_plain_version(build, monkeypatch):
    import report_template.grading as module

    def explode(result):
        raise RuntimeError("no layout today")

    monkeypatch.setattr(module, "make_summary", explode)
    reader = build(make_result(IMPERFECT), make_evidence(wrong=True))
    text = read_text(reader)
    assert "RuntimeError: no layout today" in text
    assert "50.5 / 100 so far" in text
    assert "results.json" in reader.attachments


def test_a_report_that_cannot_be_written_leaves_the_old_one(tmp_path):
    path = tmp_path / "missing" / "report.pdf"
    with pytest.raises(OSError, match="missing"):
        build_grading_report(make_result(), {}, path)
    assert list(tmp_path.iterdir()) == []


def test_the_input_is_not_changed(build):
    result = make_result(IMPERFECT)
    before = copy.deepcopy(result)
    build(result, make_evidence(wrong=True))
    assert result == before


def test_tables_of_lab_2_are_shown(build):
    table = {
        "title": "Accuracy",
        "columns": ["bits", "reported", "measured"],
        "rows": [[6, "0.91", 0.9144]],
        "note": "n",
    }
    text = read_text(build(make_result(), make_evidence() | {"lab2": {"lab2.b": [table]}}))
    assert "0.9144" in text


def test_plots_of_lab_2_are_shown(build):
    entries = [
        {"title": "Before and after", "plot": "accuracies", "before": {4: 0.9, 2: 0.1}, "after": {2: 0.86}},
        {"title": "Tradeoff", "plot": "tradeoff", "schemes": [("{4,4,2}", 2.6, 0.88)]},
        {"plot": "accuracies"},
    ]
    text = read_text(
        build(make_result(), make_evidence() | {"lab2": {"lab2.c": entries[:2], "lab2.d": entries[2:]}})
    )
    assert "before finetuning" in text
    assert "{4,4,2}" in text
    assert "The tables of this item cannot be shown: KeyError" in text


def test_the_code_of_a_function_is_shown_once(build):
    result = make_result(IMPERFECT | {"lab1.g.prox": "failed"})
    text = read_text(build(result, make_evidence(wrong=True)))
    assert text.count("hard, not soft") == 1
    assert "The code of soft_threshold is shown at Lab 1 (e)." in text


def test_equal_claims_are_written_once(build):
    result = make_result()
    for check in result["checks"]:
        if check["item"] == "lab1.d":
            check["claim"] = "gd_step takes right steps."
    text = " ".join(read_text(build(result, make_evidence())).split())
    assert text.count("gd_step takes right steps") == 1
    assert "(strength 1, strength 2, strength 3, strength 4)" in text


def test_short_formulas_in_answers_are_written_plainly(build):
    result = make_result()
    result["items"]["lab1.d"]["parts"][1]["text"] = (
        r"a larger $\lambda$ means $\|W\|_1 \le t$, and $\frac{1}{2}$"
    )
    text = read_text(build(result, make_evidence()))
    assert r"a larger λ means ‖W‖_1 ≤ t, and $\frac{1}{2}$" in text


def test_an_answer_that_stands_in_the_evidence_only_is_shown_once_at_its_part(build):
    result = make_result()
    for part in result["items"]["lab2.c"]["parts"]:
        part["text"] = ""
    answers = {"lab2.c": [("comment", "My finetuning did not finish."), ("other", "More.")]}
    text = read_text(build(result, make_evidence() | {"answers": answers}))
    assert text.count("My finetuning did not finish.") == 1
    assert "other: More." in text


def test_reasons_that_repeat_are_grouped(build):
    result = make_result()
    part = result["items"]["lab2.b"]["parts"][0]
    part["rationale"] = "float: to be verified by a person\nbits_6: to be verified by a person"
    assert "to be verified by a person: float, bits_6" in read_text(build(result, make_evidence()))
