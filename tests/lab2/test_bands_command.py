"""``hw4-grade bands``: what has ended is stored, whatever becomes of the rest."""

import pytest
from click.testing import CliRunner

from grader.errors import StaffError
from grader.lab2 import commands
from grader.lab2.bands import add_bands, read_bands
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

    def run(then):
        class Experiments:
            def __init__(self, *_, on_run, **__):
                self.on_run = on_run

            def run(self):
                self.on_run(describe({"lab2.c.bits_4": 0.96}, {}))
                return then()

        monkeypatch.setattr(commands, "Lab2Experiments", Experiments)
        arguments = ["--device", "cpu", "--folder", str(tmp_path / "runs")]
        return CliRunner().invoke(commands.bands_command, arguments), read_bands(path)

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
