"""The student's report: complete, empty, hostile, and always the same bytes."""

from __future__ import annotations

import hashlib
import io
import logging
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pdfplumber
import pypdfium2
import pytest
from pypdf import PdfReader

from report_template import pages
from report_template.student import build_student_report
from tests.report.reading import list_fonts, list_titles, read_text
from tests.report.sample_data import make_content

ROOT = Path(__file__).parents[2]


@pytest.fixture
def build(tmp_path):
    """Build a report; return it opened, and what is missing."""

    def build_and_open(content):
        path = tmp_path / "report.pdf"
        missing = build_student_report(content, path)
        return PdfReader(io.BytesIO(path.read_bytes())), missing

    return build_and_open


def test_a_complete_report_lacks_nothing(build):
    reader, missing = build(make_content())
    assert missing == []
    assert "issing" not in read_text(reader)


def test_it_shows_who_what_and_every_item(build):
    reader, _ = build(make_content())
    text = read_text(reader)
    for words in (
        "Name: Ada Lovelace · NetID: al1815",
        "1 True/False questions",
        "2 Lab 1: Sparse optimization of linear models",
        "3 Lab 2: Fixed-point quantization and finetuning",
        "Is W converging to an optimal solution? yes",
        "W - 2*mu*X.T*(X*W - y)",
        "R = torch.round(steps * ws) / steps",
        "91.51 %",
        "85.92 %",
        "Best tradeoff: {4,4,2}. Least important stage: 3.",
        "Attached files",
    ):
        assert words in text, words


def test_average_precision_is_shown_per_layer_with_its_sums(build):
    text = read_text(build(make_content())[0])
    for words in ("body_op.6.id_mapping.0.conv", "36,864", "270,896", "704,000", "2.5988", "3.7328"):
        assert words in text


def test_an_average_that_differs_from_the_table_is_told(build):
    content = make_content()
    content["lab2"]["mixed"]["442"]["average"] = 3.3
    assert "agreement of the reported average with this table for {4,4,2}" in read_text(build(content)[0])


def test_formulas_are_outlines_that_can_be_searched(build):
    reader, _ = build(make_content())
    text = read_text(reader)
    assert r"\nabla L(W) = 2 \sum_i x_i^\top (x_i W - y_i)" in text
    assert r"\lambda = 0.2" in text
    assert "$\\lambda" not in text  # set, not printed as it was written
    assert "It costs $5 and not $6." in text


def test_a_formula_that_cannot_be_set_stands_as_it_was_written(build):
    text = " ".join(read_text(build(make_content())[0]).split())
    assert r"$\begin{cases} 1 & x > 0 \\ -1 & x < 0 \end{cases}$" in text


def test_attachments_outline_language_and_title(build):
    content = make_content()
    reader, _ = build(content)
    assert {name: data[0] for name, data in reader.attachments.items()} == content["files"]
    titles = list_titles(reader.outline)
    assert titles[0] == "ECE 590-03 Homework 4"
    assert "(e) ℓ1 by proximal gradient" in titles
    assert sum(title.startswith("(") for title in titles) == 13
    assert reader.metadata.title == "ECE 590-03 Homework 4: report of Ada Lovelace · al1815"
    assert reader.metadata.author == "Ada Lovelace"
    assert reader.trailer["/Root"]["/Lang"] == "en-US"


def test_all_fonts_are_embedded(build):
    fonts = list_fonts(build(make_content())[0])
    assert len(fonts) >= 3
    assert all(fonts.values()), fonts


def test_the_same_content_gives_the_same_bytes_in_any_process(tmp_path):
    script = (
        "import sys; from pathlib import Path;"
        "from report_template.student import build_student_report as build;"
        "from tests.report.sample_data import make_content; build(make_content(), Path(sys.argv[1]))"
    )
    digests = set()
    for seed, zone in (("0", "UTC"), ("77", "Asia/Tokyo")):
        path = tmp_path / f"{seed}.pdf"
        environment = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone}
        subprocess.run([sys.executable, "-c", script, str(path)], check=True, cwd=ROOT, env=environment)
        digests.add(hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(digests) == 1


def test_nothing_stands_outside_the_margins(tmp_path):
    path = tmp_path / "report.pdf"
    build_student_report(make_content(), path)
    with pdfplumber.open(path) as document:
        for page in document.pages:
            for character in page.chars:
                assert character["x0"] >= 53.5
                assert character["x1"] <= 612 - 53.5, (page.page_number, character["text"], character["x1"])
                assert character["bottom"] <= 792 - 30


def test_an_empty_report_lists_and_marks_what_is_missing(build):
    reader, missing = build({})
    text = read_text(reader)
    assert len(missing) == 64
    assert missing[:3] == ["the name", "the NetID", "1.1: the verdict"]
    assert "Lab 1 (g), bonus: the figures" in missing
    assert missing[-1] == "attachment: your code"
    assert "This report is not complete. Missing (64)" in " ".join(text.split())
    assert text.count("the figures; `hw4 lab1` makes them") == 6
    assert "Missing: the listing of the class STE" in text


@pytest.mark.parametrize(
    ("path", "phrase"),
    [
        (("student", "netid"), "the NetID"),
        (("true_false", "1.4", "verdict"), "1.4: the verdict"),
        (("true_false", "1.4", "explanation"), "1.4: the explanation"),
        (("lab1", "a", "derivation"), "Lab 1 (a): the derivation"),
        (("lab1", "c", "runs"), "Lab 1 (c): the figures"),
        (("lab1", "c", "answers"), "Lab 1 (c): what you observed"),
        (("lab2", "float_accuracy"), "Lab 2 (b): the accuracy of the floating-point model"),
        (("lab2", "uniform", 3, "after"), "Lab 2 (c): the accuracy at 3 bits"),
        (("lab2", "mixed", "424", "before"), "Lab 2 (d): the accuracy before finetuning of {4,2,4}"),
        (("lab2", "mixed", "244", "average"), "Lab 2 (e): the average precision of {2,4,4}"),
        (("lab2", "e", "layers"), "Lab 2 (e): the count per layer"),
        (("files", "results.json"), "attachment: results.json"),
    ],
)
def test_one_missing_thing_is_the_only_one_named(build, path, phrase):
    content = make_content()
    place = content
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    reader, missing = build(content)
    assert missing == [phrase]
    assert "not complete: 1 missing" in reader.pages[0].extract_text()


def test_three_of_four_runs_are_told(build):
    content = make_content()
    content["lab1"]["d"]["runs"].pop()
    reader, missing = build(content)
    assert missing == ["Lab 1 (d): 1 of 4 runs"]
    assert "1 of 4 runs" in read_text(reader)


def test_bits_may_be_texts_as_json_makes_them(build):
    content = make_content()
    content["lab2"]["uniform"] = {str(bits): entry for bits, entry in content["lab2"]["uniform"].items()}
    assert build(content)[1] == []


def test_results_that_another_version_made_are_noted(build):
    content = make_content() | {"notes": ["results.json was made by another version of lab1.py"]}
    assert "made by another version of lab1.py" in build(content)[0].pages[0].extract_text()


def test_diverged_and_broken_runs_do_not_lose_the_report(build):
    content = make_content()
    content["lab1"]["b"]["runs"] = [{"label": "b", "loss": [1.0, None, np.inf], "weights": [[None] * 5] * 3}]
    content["lab1"]["c"]["runs"] = [{"label": "c", "loss": ["x"], "weights": "y"}]
    text = read_text(build(content)[0])
    assert "not finite from step 0" in text
    assert "The figures of this item cannot be shown: ValueError" in text


HOSTILE = (
    '<img src="/etc/passwd"> '
    "<b>unclosed & </para> \x00\x1b[31m \u202eabc\u202c שלום مرحبا 你好 \U0001f600 \ud800 "
    r"$\frac{1}{$ $x^{$ $$\sum$$ $\input{/etc/passwd}$ "
)


def make_hostile():
    content = make_content()
    long = HOSTILE + "$x_1$ word " * 3000 + "x" * 70_000 + " {" * 1000
    content["title"] = content["subtitle"] = HOSTILE
    content["student"] = {"name": HOSTILE, "netid": HOSTILE * 50}
    content["notes"] = [long] * 30
    for answer in content["true_false"].values():
        answer |= {"explanation": HOSTILE * 3, "statement": HOSTILE}
    content["true_false"]["1.3"]["explanation"] = long
    content["true_false"]["1.4"]["verdict"] = HOSTILE
    content["lab1"]["a"] = {"update": long, "derivation": long + "$" + "{" * 300 + "}" * 300 + "$"}
    content["lab1"]["b"]["answers"] = [(HOSTILE, long), ("no pair",), "no pair", (None, None)]
    content["lab1"]["e"]["runs"][0]["label"] = HOSTILE
    content["lab2"]["a"]["listing"] = {"file": HOSTILE, "first_line": 1, "source": long}
    content["lab2"]["e"]["layers"][0]["name"] = HOSTILE
    content["lab2"]["f"] |= {"scheme": HOSTILE, "stage": HOSTILE}
    content["files"][HOSTILE] = "text, not bytes"
    return content


def test_a_hostile_report_shows_text_as_text(tmp_path, caplog):
    path = tmp_path / "report.pdf"
    start = time.process_time()
    with caplog.at_level(logging.WARNING):
        build_student_report(make_hostile(), path)
    assert time.process_time() - start < 10
    assert caplog.records == []
    document = pypdfium2.PdfDocument(path)
    text = "".join(page.get_textpage().get_text_range() for page in document)
    text = text.replace("\r", "").replace("\n", "")
    for words in (
        '<img src="/etc/passwd">',
        r"\u202eabc\u202c",
        r"\u4f60\u597d",
        r"\U0001f600",
        r"\u0000\u001b",
        r"\ud800",
        r"\input{/etc/passwd}",
        "xxxxxxxxxx",
    ):
        assert words in text, words
    assert text.count("x") > 2 * 70_000  # nothing of the long texts is dropped
    assert "plain version" not in text
    assert "root:" not in text
    assert not any(page.images for page in PdfReader(path).pages[:5])


WRONG = [None, 3, "text", [1, 2], {"a": {"b": "c"}}, b"bytes", float("nan"), [[]], {1: 2}]


@pytest.mark.parametrize("value", WRONG, ids=repr)
def test_any_part_may_be_of_a_wrong_type(tmp_path, monkeypatch, value):
    monkeypatch.setattr(pages, "_plain_story", lambda text: pytest.fail("the layout failed"))
    everything, letters, numbers = {}, make_content(), make_content()
    everything |= dict.fromkeys(make_content(), value)
    for lab in ("lab1", "lab2"):
        letters[lab] |= dict.fromkeys("abcdefg", value)
    numbers["lab2"] |= dict.fromkeys(("uniform", "mixed", "float_accuracy"), value)
    numbers["lab1"]["d"]["runs"] = [value] * 4
    contents = [everything, letters, numbers]
    for content in contents:
        missing = build_student_report(content, tmp_path / "report.pdf")
        assert all(isinstance(phrase, str) for phrase in missing)


def test_a_layout_that_fails_gives_the_plain_version_with_every_text(build, monkeypatch):
    import report_template.student as module

    def explode(content, typesetter):
        raise RuntimeError("no layout today")

    monkeypatch.setattr(module, "make_lab1", explode)
    reader, missing = build(make_content())
    text = " ".join(read_text(reader).split())
    assert "RuntimeError: no layout today" in text
    assert "Ada Lovelace" in text
    assert "The final loss grows with the threshold." in text
    assert sorted(reader.attachments) == sorted(make_content()["files"])
    assert missing == []


def test_it_is_fast_and_small(tmp_path):
    path = tmp_path / "report.pdf"
    build_student_report(make_content(), path)
    start = time.process_time()
    build_student_report(make_content(), path)
    assert time.process_time() - start < 3
    assert path.stat().st_size < 250_000
