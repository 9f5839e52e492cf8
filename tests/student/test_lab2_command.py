"""``hw4 lab2``: numbers, figures, answers; nothing that was finished is ever lost."""

import shutil
from dataclasses import replace

import pytest
import torch
from click.testing import CliRunner

from student.given import running_lab2
from student.given.answers import read_answers_file
from student.given.cli import main
from student.given.datasets import load_dataset
from student.given.lab2_results import merge_results
from student.given.results_file import find_stale, read_results
from student.given.student_layers import LayersError, gather_layers, hash_behaviour
from tests.bank.paths import HANDOUT, REFERENCE

FEW = 32


@pytest.fixture(autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def folder(tmp_path, clean_imports, monkeypatch):
    """A folder with the reference's layers, where the embedded images are few."""
    shutil.copy(REFERENCE / "FP_layers.py", tmp_path)
    shutil.copy(HANDOUT / "answers.toml", tmp_path)

    def load_few(source, notify=None):
        images = load_dataset(source, notify=notify)
        return replace(images, train=images.train.take(FEW), test=images.test.take(FEW))

    monkeypatch.setattr(running_lab2, "load_dataset", load_few)
    return tmp_path


def run(*arguments):
    """Run ``hw4 lab2`` in process."""
    return CliRunner().invoke(main, ["lab2", "--device", "cpu", *map(str, arguments)])


@pytest.mark.slow
def test_the_numbers_of_b_and_e_are_measured_and_filled_in(folder):
    """Without finetuning, (b), the first half of (d) and (e) are there, in the answers too."""
    result = run(folder, "--no-finetune", "--fill")
    assert result.exit_code == 0, result.output
    part = read_results(folder)["lab2"]
    assert set(part["answers"]["lab2.b"]) == {"float", *(f"bits_{bits}" for bits in (6, 5, 4, 3, 2))}
    assert round(part["answers"]["lab2.e"]["average_442"], 4) == 2.5988
    values = read_answers_file(folder / "answers.toml").values
    assert values["lab2.e", "average_424"] == 3.7328
    assert values["lab2.b", "float"] == pytest.approx(part["answers"]["lab2.b"]["float"], abs=5e-5)
    assert (folder / "figures" / "lab2_bits.png").exists()
    assert find_stale(read_results(folder), folder) == []


@pytest.mark.slow
def test_a_quick_look_is_no_answer_to_c_and_d(folder):
    """With --epochs the finetunes run, but their numbers are not written into the answers."""
    result = run(folder, "--epochs", 1, "--fill")
    assert result.exit_code == 0, result.output
    part = read_results(folder)["lab2"]
    assert set(part["answers"]["lab2.c"]) == {"bits_4", "bits_3", "bits_2"}
    values = read_answers_file(folder / "answers.toml").values
    assert values["lab2.c", "bits_4"] is None
    assert values["lab2.d", "after_442"] is None
    assert values["lab2.d", "before_442"] is not None
    again = run(folder, "--no-finetune")
    assert again.exit_code == 0
    assert "bits_4" in read_results(folder)["lab2"]["answers"]["lab2.b"]


@pytest.mark.slow
def test_another_precision_is_another_run(folder):
    """Finetunes in bfloat16 take nothing from those in float32, and the results say what they are."""
    for precision in ("float32", "bfloat16"):
        result = run(folder, "--epochs", 1, "--precision", precision)
        assert result.exit_code == 0, result.output
        assert read_results(folder)["lab2"]["machine"]["precision"] == precision
    folders = sorted(path.name for path in (folder / running_lab2.RUNS_FOLDER).iterdir())
    assert len(folders) == 2
    assert folders[1] == f"{folders[0]}-bfloat16"


@pytest.mark.slow
def test_a_run_that_was_stopped_goes_on(folder, monkeypatch):
    """Ctrl-C in the third finetune keeps the first two; the same command does the others only."""
    from student.given import lab2_experiments

    execute, started = lab2_experiments.Run.execute, []

    def stop_at_third(self):
        started.append(self.checkpoint.name)
        if len(started) == 3:
            raise KeyboardInterrupt
        return execute(self)

    monkeypatch.setattr(lab2_experiments.Run, "execute", stop_at_third)
    result = run(folder, "--epochs", 1)
    assert result.exit_code == 1
    assert "goes on" in result.output
    kept = read_results(folder)["lab2"]["answers"]["lab2.c"]
    assert set(kept) == {"bits_4", "bits_3"}
    trained = []

    def watch(self, stored):
        trained.append(self.checkpoint.name)
        return train(self, stored)

    train = lab2_experiments.Run._train
    monkeypatch.setattr(lab2_experiments.Run, "execute", execute)
    monkeypatch.setattr(lab2_experiments.Run, "_train", watch)
    assert run(folder, "--epochs", 1).exit_code == 0
    assert len(trained) == 4
    assert read_results(folder)["lab2"]["answers"]["lab2.c"]["bits_4"] == kept["bits_4"]


def test_a_quick_look_never_replaces_finished_finetunes():
    """Results with the assignment's epochs outlive a later run with fewer."""
    identity = {"behaviour": "b", "data": {}, "weights": {}, "code": {}, "errors": {}, "stopped": False}
    full = identity | {"epochs": None, "runs": {"lab2.c.bits_4": {}}, "answers": {"lab2.c": {"bits_4": 0.9}}}
    quick = identity | {"epochs": 1, "runs": {"lab2.c.bits_4": {}}, "answers": {"lab2.c": {"bits_4": 0.5}}}
    assert merge_results(full, quick)["answers"]["lab2.c"]["bits_4"] == 0.9
    assert merge_results(full, quick | {"behaviour": "other"})["answers"]["lab2.c"]["bits_4"] == 0.5
    unfinished = identity | {"epochs": None, "runs": {}, "answers": {"lab2.c": {}}, "tradeoff": {}}
    assert merge_results(full | {"tradeoff": {}}, unfinished)["answers"]["lab2.c"]["bits_4"] == 0.9


def test_a_stub_is_told_before_anything_is_computed(tmp_path, clean_imports):
    """Without STE.forward there is nothing to run, and that is said at once."""
    shutil.copy(HANDOUT / "FP_layers.py", tmp_path)
    result = run(tmp_path)
    assert result.exit_code == 1
    assert "STE.forward is not written yet" in result.output
    with pytest.raises(LayersError):
        gather_layers(tmp_path)


def test_an_unknown_device_or_image_set_is_named(folder):
    """What cannot be had is named, with what to do instead."""
    assert "no such folder or archive" in run(folder, "--data", folder / "nowhere").output
    assert run(folder, "--weights", folder / "nowhere.pt").exit_code == 2


def test_runs_belong_to_what_the_quantizer_does_not_to_its_text(folder):
    """A comment does not forget finished runs; another quantizer never takes them over."""
    state = {"w": torch.linspace(-1, 1, 50)}
    layers, _ = gather_layers(folder)
    text = (folder / "FP_layers.py").read_text(encoding="utf-8")
    digests = []
    for changed in (text + "# a comment\n", text.replace("2**bit - 1", "2**bit")):
        other = folder / f"version{len(digests)}"
        other.mkdir()
        (other / "FP_layers.py").write_text(changed, encoding="utf-8")
        digests.append(hash_behaviour(gather_layers(other)[0], state))
    assert digests[0] == hash_behaviour(layers, state) != digests[1]


def test_a_default_dtype_that_a_file_sets_stays_its_own(folder):
    """``torch.set_default_dtype`` at the top of FP_layers.py does not make the network double."""
    path = folder / "FP_layers.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "\ntorch.set_default_dtype(torch.float64)\n", encoding="utf-8")
    gather_layers(folder)
    assert torch.get_default_dtype() == torch.float32
