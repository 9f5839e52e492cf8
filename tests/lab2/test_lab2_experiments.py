"""The experiments of (b) to (e): plain results in the layout of the answers, each part for itself."""

import json
from types import SimpleNamespace

import pytest

from grader.finetune_names import FINETUNES
from reference import FP_layers
from student.given.lab2_experiments import RESULTS_NAME, Lab2Experiments, list_finetunes
from student.given.problem import load_assignment
from student.given.tradeoff import Tradeoff, average_table, find_pareto_front, tabulate_precision
from student.given.training import Recipe

NAMES = {
    "lab2.b": ["float", "bits_6", "bits_5", "bits_4", "bits_3", "bits_2"],
    "lab2.c": ["bits_4", "bits_3", "bits_2"],
    "lab2.d": ["before_442", "before_424", "before_244", "after_442", "after_424", "after_244"],
    "lab2.e": ["average_442", "average_424", "average_244"],
}


@pytest.fixture
def experiments(random_state, small_dataset, tmp_path):
    """Return the experiments on few images, one epoch each."""
    return Lab2Experiments(
        FP_layers, small_dataset, random_state, tmp_path, recipe=Recipe(batch_size=32), epochs=1
    )


@pytest.mark.slow
def test_every_number_of_the_answers_is_there(experiments, tmp_path):
    ended = []
    experiments.on_run = lambda so_far: ended.append(len(so_far["runs"]))
    results = experiments.run()
    assert results["errors"] == {}
    assert ended == [1, 2, 3, 4, 5, 6]
    assert {item: sorted(values) for item, values in results["answers"].items()} == {
        item: sorted(names) for item, names in NAMES.items()
    }
    assert json.loads((tmp_path / RESULTS_NAME).read_text()) == json.loads(json.dumps(results))
    assert len(results["runs"]["lab2.c.bits_2"]["history"]) == 1
    assert len(results["tradeoff"]["after"]["points"]) == 6
    assert list(results["runs"])[-1] == "lab2.c.bits_2"  # the longest comes last
    experiments.on_progress = lambda *_: pytest.fail("it trained again")
    assert experiments.run()["answers"] == results["answers"]


def test_only_the_finetunes_that_are_asked_for_run(experiments):
    experiments.only = ("after_424",)
    results = experiments.run()
    assert list(results["runs"]) == ["lab2.d.after_424"]
    assert list(results["answers"]["lab2.b"]) == NAMES["lab2.b"]


def test_the_names_of_the_finetunes_are_those_of_the_assignment():
    """Command lines hold them as words, because the list itself needs PyTorch."""
    assert [found.name for found in list_finetunes(load_assignment())] == list(FINETUNES)


def test_without_finetuning_the_rest_is_there(experiments):
    answers = experiments.run(finetune=False)["answers"]
    assert list(answers["lab2.b"]) == NAMES["lab2.b"]
    assert list(answers["lab2.d"]) == NAMES["lab2.d"][:3]
    assert list(answers["lab2.c"]) == []


def test_a_function_that_is_not_written_costs_its_own_part_only(experiments):
    def unwritten(_):
        raise NotImplementedError("Lab 2(e)")

    experiments.layers = SimpleNamespace(
        FP_Conv=FP_layers.FP_Conv,
        FP_Linear=FP_layers.FP_Linear,
        STE=FP_layers.STE,
        avg_precision=unwritten,
    )
    results = experiments.run(finetune=False)
    assert results["errors"]["lab2.e.average_442"] == "NotImplementedError: Lab 2(e)"
    assert list(results["answers"]["lab2.b"]) == NAMES["lab2.b"]


@pytest.mark.parametrize(
    ("bits", "average"), [((4, 4, 2), 2.598783), ((4, 2, 4), 3.732798), ((2, 4, 4), 4.008741)]
)
def test_the_table_of_a_scheme_averages_to_the_functions_value(bits, average):
    table = tabulate_precision(bits, FP_layers)
    assert len(table) == 22
    assert sum(row.weights for row in table) == 270_896
    assert average_table(table) == pytest.approx(average, abs=1e-6)


def test_a_scheme_that_costs_more_and_reaches_less_is_off_the_front():
    points = [
        Tradeoff("a", 2.0, 0.5),
        Tradeoff("b", 3.0, 0.4),
        Tradeoff("c", 3.0, 0.6),
        Tradeoff("d", 4.0, 0.6),
    ]
    assert find_pareto_front(points) == ["a", "c"]
