"""``hw4-grade bands``: what has ended is stored, whatever becomes of the rest."""

import pytest
from click.testing import CliRunner

from grader.errors import StaffError
from grader.finetune_names import FINETUNES
from grader.lab2 import commands
from grader.lab2.bands import Band, add_bands, read_bands
from grader.lab2.verification import Lab2Verification
from student.given.pretrained import load_embedded_weights

WEIGHTS = "c4e5"


def describe(runs, errors):
    """Return results in the form of the experiments."""
    return {
        "epochs": None,
        "seed": 0,
        "data": {"name": "few", "sha256": "digest", "test": 40},
        "weights": {"sha256": WEIGHTS},
        "machine": {"device": "cpu", "precision": "float32", "torch": "2"},
        "runs": {key: {"best_accuracy": value} for key, value in runs.items()},
        "errors": errors,
    }


@pytest.fixture
def stored(small_dataset, tmp_path, monkeypatch):
    """Run the command with experiments that end one finetune and then do what they are told."""
    path = tmp_path / "bands.json"
    lab2 = Lab2Verification(small_dataset, load_embedded_weights(), "few images", tmp_path)
    monkeypatch.setattr(commands.Lab2Verification, "open", lambda *_: lab2)
    monkeypatch.setattr(commands, "add_bands", lambda bands: add_bands(bands, path))

    def run(then, *more):
        class Experiments:
            def __init__(self, *_, on_run, only, **__):
                self.on_run = on_run
                asked.append(only)

            def run(self):
                self.on_run(describe({"lab2.c.bits_4": 0.96}, {}))
                return then()

        monkeypatch.setattr(commands, "Lab2Experiments", Experiments)
        arguments = ["--device", "cpu", "--folder", str(tmp_path / "runs"), *more]
        return CliRunner().invoke(commands.bands_command, arguments), read_bands(path)

    asked = run.asked = []
    return run


def test_a_finetune_is_stored_before_the_next_one_is_stopped(stored):
    """A run over hours on a CPU may be stopped at any time."""

    def stop():
        raise KeyboardInterrupt

    _, bands = stored(stop)
    assert [(band.scheme, band.accuracies) for band in bands] == [("bits_4", {"0": 0.96})]


def test_a_finetune_that_failed_is_an_error_and_the_others_stay(stored):
    """The reference's own runs have no excuse."""
    result, bands = stored(lambda: describe({}, {"lab2.c.bits_3": "the loss is nan"}))
    assert isinstance(result.exception, StaffError)
    assert "lab2.c.bits_3, seed 0: the loss is nan" in str(result.exception)
    assert [band.scheme for band in bands] == ["bits_4"]


def test_all_that_ended_are_stored_once(stored):
    """The same command again adds nothing twice."""
    for _ in range(2):
        result, bands = stored(lambda: describe({"lab2.c.bits_4": 0.96}, {}))
        assert result.exit_code == 0, result.output
    assert [band.n for band in bands] == [1]


def test_only_the_named_finetunes_run(stored):
    """One process for each core, each with finetunes of its own."""
    stored(lambda: describe({}, {}))
    stored(lambda: describe({}, {}), "--scheme", "bits_2", "--scheme", "after_442")
    assert stored.asked == [FINETUNES, ("bits_2", "after_442")]


def test_short_finetunes_are_stored_seed_by_seed(stored, monkeypatch):
    def measure(state, dataset, schemes, seeds, on_result):
        if seeds == (1,):
            raise KeyboardInterrupt
        assert list(schemes) == ["442"]
        return [Band("few", "digest", WEIGHTS, "short", "442", 40, {str(seed): 0.9 for seed in seeds}, {})]

    monkeypatch.setattr(commands, "measure_short_bands", measure)
    _, bands = stored(dict, "--short", "--scheme", "after_442", "--seed", "0", "--seed", "1")
    assert [(band.scheme, band.accuracies) for band in bands] == [("442", {"0": 0.9})]
