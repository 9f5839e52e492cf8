"""What the grading report shows beside the verdicts of (c) and (f)."""

import pytest

from grader.lab2.accuracies import Accuracy
from grader.lab2.bands import Band
from grader.lab2.claims import Measurements
from grader.lab2.figures import list_figures
from report_template.grading import build_grading_report

RIGHT = {"float": 0.957, "bits_4": 0.924, "bits_3": 0.758, "bits_2": 0.15, "before_442": 0.5995}
BAND = Band("set", "", "", "protocol", "442", 2000, {"0": 0.94}, {})
REPORTED = {
    ("lab2.b", "float"): 0.915,
    ("lab2.b", "bits_4"): 0.897,
    ("lab2.c", "bits_4"): 0.91,
    ("lab2.d", "before_442"): 0.34,
    ("lab2.d", "after_442"): 0.88,
    ("lab2.f", "scheme"): "442",
}


def measure(bands):
    accuracies = {
        name: Accuracy(value, same_as_reference=True, wrong_codes=0.0) for name, value in RIGHT.items()
    }
    return Measurements("few images", accuracies, RIGHT, bands)


def test_reported_and_measured_numbers_are_plotted_side_by_side():
    figures = list_figures(REPORTED, measure({"after_442": BAND, "bits_4": None}))
    own, reference = figures["lab2.c"]
    assert (own["before"], own["after"], own["float_accuracy"]) == ({4: 0.897}, {4: 0.91}, 0.915)
    assert reference["before"] == {4: 0.924, 3: 0.758, 2: 0.15}
    *plots, table = figures["lab2.f"]
    assert [plot["plot"] for plot in plots] == ["tradeoff", "tradeoff"]
    scheme, average, accuracy = plots[0]["schemes"][0]
    assert (scheme, round(average, 4), accuracy) == ("{4,4,2}", 2.5988, 0.88)
    assert plots[1]["schemes"][0][2] == pytest.approx(0.94)
    assert table["rows"][0] == ["{4,4,2}", "2.5988", "0.3389", "0.3400", "0.8800", "0.5995", "0.9400"]


def test_without_finetuned_numbers_those_before_are_plotted():
    figures = list_figures({("lab2.d", "before_442"): 0.34}, measure({}))
    titles = [entry["title"] for entry in figures["lab2.f"]]
    assert titles[0] == "Accuracy before finetuning against average precision, as reported"


def test_the_report_takes_them(tmp_path):
    """Every plot and table finds its place in the PDF."""
    figures = list_figures(REPORTED, measure({"after_442": BAND}))
    items = {item: {"title": "t", "score": 0, "max_score": 1, "parts": []} for item in ("lab2.c", "lab2.f")}
    build_grading_report({"items": items, "checks": []}, {"lab2": figures}, tmp_path / "report.pdf")
    from pypdf import PdfReader

    text = " ".join(page.extract_text() for page in PdfReader(tmp_path / "report.pdf").pages)
    for words in ("What the conclusion rests on", "Pareto front", "before finetuning", "as reported"):
        assert words in " ".join(text.split())
