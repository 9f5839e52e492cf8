"""Figures: the same description on a page and in a file."""

from __future__ import annotations

import numpy as np
import pytest

from report_template.accuracy_plots import Scheme, find_pareto_front, plot_accuracies, plot_tradeoff
from report_template.drawing import Stroke
from report_template.figure_layout import lay_out, spread_labels
from report_template.figures import Curve, Figure, Panel, save_figure
from report_template.plots import plot_staircase, plot_trajectories
from report_template.simplification import simplify_path
from report_template.ticks import linear_ticks, logarithmic_ticks
from tests.report.sample_data import make_evidence

MAGIC = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}


@pytest.mark.parametrize("suffix", MAGIC)
def test_saving_twice_gives_the_same_bytes(tmp_path, suffix):
    figure = plot_trajectories(make_evidence()["runs"]["lab1.d"])
    paths = [tmp_path / f"{name}{suffix}" for name in "ab"]
    for path in paths:
        save_figure(figure, path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert paths[0].read_bytes().startswith(MAGIC[suffix])


def test_text_in_a_vector_file_can_be_selected(tmp_path):
    path = tmp_path / "figure.svg"
    save_figure(plot_trajectories(make_evidence()["runs"]["lab1.e"]), path)
    assert "threshold 0.004" in path.read_text(encoding="utf-8")


def test_a_label_with_dollars_is_no_formula(tmp_path):
    curve = Curve([0, 1], [0, 1], label="$x_{$ & <b>")
    save_figure(Figure((Panel((curve,), direct=True),), column_widths=(1.0,)), tmp_path / "figure.png")


@pytest.mark.parametrize("count", [0, 5])
def test_too_few_or_too_many_runs_are_refused(count):
    with pytest.raises(ValueError, match=f"found {count} runs"):
        plot_trajectories([{"label": "x"}] * count)


def test_everything_drawn_lies_inside_the_figure():
    evidence = make_evidence(wrong=True)
    figures = [plot_trajectories(runs) for runs in evidence["runs"].values()]
    figures += [plot_staircase(evidence["staircase"])]
    for figure in figures:
        drawing = lay_out(figure)
        for text in drawing.texts:
            assert -1 <= text.x <= drawing.width, text
            assert 0 <= text.y <= drawing.height, text
        for stroke in drawing.strokes:
            if stroke.clip is None:
                assert (stroke.points >= -1).all()
                assert (stroke.points <= (drawing.width + 1, drawing.height + 1)).all()


def count_points(drawing):
    return sum(len(stroke.points) for stroke in drawing.strokes if isinstance(stroke, Stroke))


def test_long_runs_are_drawn_with_few_points():
    steps = np.arange(20_001)
    run = {
        "label": "long",
        "loss": np.exp(-steps / 500),
        "weights": np.tanh(steps / 900)[:, None] * np.ones(5),
    }
    assert count_points(lay_out(plot_trajectories([run]))) < 1000


def test_simplification_keeps_every_point_within_its_tolerance():
    rng = np.random.default_rng(7)
    points = np.column_stack([np.arange(500.0), np.cumsum(rng.normal(0, 0.1, 500))])
    kept = simplify_path(points, tolerance=0.5)
    along = np.interp(points[:, 0], kept[:, 0], kept[:, 1])
    assert len(kept) < 300
    assert np.abs(along - points[:, 1]).max() <= 0.6


def test_a_curve_is_interrupted_where_it_is_not_finite():
    panel = Panel((Curve(np.arange(6.0), [1.0, 2.0, np.nan, 3.0, 4.0, np.inf]),))
    drawing = lay_out(Figure((panel,), column_widths=(1.0,)))
    assert sum(stroke.clip is not None for stroke in drawing.strokes) == 2


def test_ticks_of_narrow_and_wide_ranges():
    for low, high in ((0.0, 1e-9), (-1e12, 1e12), (3.0, 3.0001), (-0.2, 0.1)):
        ticks = linear_ticks(low, high, 5)
        assert 2 <= len(ticks) <= 8
        assert len({text for _, text in ticks}) == len(ticks)
    assert [text for _, text in logarithmic_ticks(-2.2, 1.4, 5)] == ["10⁻²", "10⁻¹", "10⁰", "10¹"]
    assert len(logarithmic_ticks(0.1, 0.8, 5)) >= 2


def test_labels_do_not_cover_each_other():
    placed = spread_labels([10.0, 10.0, 10.0, 99.0], 0.0, 100.0, 7.5)
    assert np.diff(sorted(placed)).min() >= 7.5 - 1e-9


def test_the_pareto_front_holds_what_no_other_beats():
    points = [Scheme("a", 2.6, 0.88), Scheme("b", 3.7, 0.87), Scheme("c", 4.0, 0.90), Scheme("d", 4.0, 0.89)]
    assert [scheme.label for scheme in find_pareto_front(points)] == ["a", "c"]


def test_accuracy_plots_hold_their_points(tmp_path):
    accuracies = plot_accuracies({4: 0.9, 2: 0.1}, {2: 0.85}, 0.915)
    assert len(lay_out(accuracies).marks) == 3 + 2  # the points, and two marks in the legend
    tradeoff = plot_tradeoff([Scheme("{4,4,2}", 2.6, 0.88), Scheme("{4,2,4}", 3.7, 0.87)])
    assert {"{4,4,2}", "{4,2,4}"} <= {text.text for text in lay_out(tradeoff).texts}
    save_figure(tradeoff, tmp_path / "tradeoff.png")


def test_one_point_alone_is_drawn():
    assert len(lay_out(plot_tradeoff([Scheme("a", 3.0, 0.9)])).marks) == 2
    assert len(lay_out(plot_accuracies({4: 0.9}, {})).marks) == 2
