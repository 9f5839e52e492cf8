"""Equal quantizers share one finetune in full; whatever a submission does costs only itself."""

import json
import time
from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

import grader.lab2.short_finetune as short
from grader import finetuned, trained
from grader.batch import finetunes as command
from grader.errors import UsageError
from grader.finetuned import FullFinetunes
from grader.grade import assemble, load_handout, survey
from grader.gradebook.formats.reading import read_class
from grader.gradebook.recording import record_download, record_upload
from grader.gradebook.store import Gradebook
from grader.identified import Identification, Quantizer
from grader.lab2.bands import Band
from grader.lab2.finetune_store import FinetuneStore
from grader.lab2.verification import Lab2Verification
from grader.preflight import read_known_submission
from grader.sandbox.limits import FULL
from grader.submission import read_files
from grader.trained import check_training
from student.given.lab2_experiments import Finetune
from student.given.pretrained import load_embedded_weights
from tests.bank.mistakes import replace_function
from tests.lab2.quantizers import REFERENCE
from tests.lab2.test_full_finetune import SAME

pytestmark = pytest.mark.slow
RIGHT = REFERENCE.read_text(encoding="utf-8")
FLOOR = SAME.replace("torch.round(steps * scaled)", "torch.floor(steps * scaled)")
FLOOR_AGAIN = FLOOR.replace("torch.floor(steps * scaled)", "scaled.mul(steps).floor()")
CEIL = SAME.replace("torch.round", "torch.ceil")
HANGS = SAME.replace("    smallest =", "    while bit: pass\n    smallest =", 1)
DIES = SAME.replace("    smallest =", "    import os; os._exit(3)\n    smallest =", 1)


@pytest.fixture
def lab2(small_dataset, tmp_path, monkeypatch):
    """Return images and weights, with one finetune of two epochs."""
    finetunes = [Finetune("lab2.c", "bits_2", 2, 2)]
    monkeypatch.setattr(finetuned, "list_finetunes", lambda _: finetunes)
    monkeypatch.setattr(Lab2Verification, "finetuned_schemes", {"bits_2": 2})
    return Lab2Verification(small_dataset, load_embedded_weights(), "few images", tmp_path)


@pytest.fixture
def store(tmp_path):
    """Return an empty store."""
    return FinetuneStore.open(tmp_path / "store")


@pytest.fixture
def make(sandbox):
    """Assemble a submission whose STE is replaced."""

    def assembly(forward):
        source = replace_function(RIGHT, "STE", forward).encode()
        submission = read_files("jd123", {"lab1.py": b"x = 1\n", "FP_layers.py": source})
        return assemble(submission, survey(submission, sandbox), load_handout())

    return assembly


@pytest.fixture
def identify(lab2, sandbox, store):
    """Identify quantizers."""
    known = read_known_submission("reference")
    reference = assemble(known, survey(known, sandbox), load_handout())
    return Identification(lab2, sandbox, store, reference).identify


def test_equal_quantizers_share_a_run_and_others_do_not(lab2, sandbox, store, make, identify, monkeypatch):
    """Two written differently that do the same: one run; one that does something else: a second one."""
    assemblies = {"ann": make(FLOOR), "bob": make(FLOOR_AGAIN), "cy": make(CEIL)}
    quantizers = {key: identify(assembly) for key, assembly in assemblies.items()}
    assert quantizers["ann"] == quantizers["bob"] != quantizers["cy"]
    assert not any(quantizer.is_reference for quantizer in quantizers.values())
    finetunes = FullFinetunes(lab2, sandbox, store)
    found = {
        key: finetunes.measure("bits_2", assembly, quantizers[key], key)
        for key, assembly in assemblies.items()
    }
    assert finetunes.runs == 2
    assert found["ann"].accuracy == found["bob"].accuracy
    assert found["bob"].describe("bob") == "best of 2 epochs, seed 0, on cpu; run with the equal code of ann"
    assert found["cy"].describe("cy") == "best of 2 epochs, seed 0, on cpu"
    assert len(found["cy"].record["history"]) == 2

    later = FullFinetunes(lab2, sandbox, store)  # another day, another process
    assert later.measure("bits_2", assemblies["bob"], quantizers["bob"], "bob") == found["bob"]
    assert later.runs == 0

    other_seed = FullFinetunes(lab2, sandbox, store, seed=1)
    other_seed.measure("bits_2", assemblies["ann"], quantizers["ann"], "ann")
    assert other_seed.runs == 1

    _shorten(monkeypatch)
    opened = []

    def open_training(wanted, seconds):
        opened.append(wanted)
        return sandbox.open_training_session(wanted.as_wire(), seconds)

    for key in ("ann", "bob"):  # each still has a short one of its own
        end = time.monotonic() + 120
        ((own, _, _),) = check_training(lab2, assemblies[key], open_training, ("bits_2",), end).finetunes
        assert own.steps == 3
    assert len(opened) == 2


def _shorten(monkeypatch):
    monkeypatch.setattr(trained, "AFTER_STEPS", (0,))
    monkeypatch.setattr(
        "grader.lab2.verification.draw_short_batches",
        lambda dataset, seed: short.draw_batches(dataset.train, 3, 8, seed),
    )


def test_what_equals_the_reference_is_run_with_the_reference_here(
    lab2, sandbox, store, make, identify, monkeypatch
):
    """Who pretends to be it cannot spoil what the others get; and a stored run is not repeated."""
    assembly = make(SAME)
    quantizer = identify(assembly)
    assert quantizer.is_reference
    monkeypatch.setattr(FullFinetunes, "_serve", lambda *_: pytest.fail("a worker was asked"))
    finetunes = FullFinetunes(lab2, sandbox, store)
    found = finetunes.measure("bits_2", assembly, quantizer, "ann")
    assert finetunes.runs == 1
    assert found.describe("ann").endswith("run with the equal code of the reference")
    assert len(found.record["history"]) == 2

    band = Band("few", "", "", "protocol", "bits_2", 40, {"0": 0.75}, {"device": "cpu", "torch": "2"})
    monkeypatch.setattr(Lab2Verification, "find_band", lambda *_: band)
    known = finetunes.measure("bits_2", assembly, quantizer, "ann")
    assert (known.accuracy, finetunes.runs) == (0.75, 1)
    assert known.describe("ann") == "stored, seed 0, on cpu; run with the equal code of the reference"
    assert FullFinetunes(lab2, sandbox, store, seed=3)._find_in_bands("bits_2") is None


@pytest.mark.parametrize(
    ("forward", "told"), [(HANGS, "did not end within 2 s, twice"), (DIES, "it exited with status 3, twice")]
)
def test_a_run_that_hangs_or_dies_is_given_up_in_words(
    lab2, sandbox, store, make, monkeypatch, forward, told
):
    """A piece is tried twice, in two workers; the run is tried again when the command is."""
    limits = replace(sandbox.training_limits[FULL], probe_seconds=2.0)
    monkeypatch.setitem(sandbox.training_limits, FULL, limits)
    quantizer, assembly = Quantizer("f" * 64), make(forward)
    finetunes = FullFinetunes(lab2, sandbox, store)
    found = finetunes.measure("bits_2", assembly, quantizer, "ann")
    assert found.accuracy is None
    assert told in found.words
    assert "(epoch 1 of 2)" in found.words
    finetunes.measure("bits_2", make(FLOOR), quantizer, "ann")
    assert finetunes.runs == 2


def test_a_quantizer_that_cannot_be_run_has_no_fingerprint(identify, make, sandbox):
    """The reason is told instead."""
    found = identify(make(DIES))
    assert found.fingerprint == ""
    assert "it exited with status 3" in found.problem
    handout = read_known_submission("handout")
    stub = assemble(handout, survey(handout, sandbox), load_handout())
    assert "is not implemented yet" in identify(stub).problem


def test_a_run_that_was_stopped_goes_on(lab2, sandbox, store, make):
    """Ctrl-C after the first epoch: the second command trains the second one only."""
    epochs = []

    def stop(_name, progress):
        epochs.append(progress.epoch)
        if progress.epoch == 2:
            raise KeyboardInterrupt

    quantizer, assembly = Quantizer("a" * 64), make(FLOOR)
    with pytest.raises(KeyboardInterrupt):
        FullFinetunes(lab2, sandbox, store, report=stop).measure("bits_2", assembly, quantizer, "ann")
    epochs.clear()
    again = FullFinetunes(lab2, sandbox, store, report=lambda _, progress: epochs.append(progress.epoch))
    found = again.measure("bits_2", assembly, quantizer, "ann")
    assert set(epochs) == {2}
    assert len(found.record["history"]) == 2


def test_a_run_that_takes_too_long_keeps_what_it_reached(lab2, sandbox, store, make):
    """Time is bounded, and the same command goes on."""
    quantizer, assembly = Quantizer("b" * 64), make(FLOOR)
    found = FullFinetunes(lab2, sandbox, store, seconds=0.0).measure("bits_2", assembly, quantizer, "ann")
    assert "it took more than 0 minutes" in found.words
    again = FullFinetunes(lab2, sandbox, store).measure("bits_2", assembly, quantizer, "ann")
    assert again.record["problem"] == ""


def test_the_command_writes_beside_results_and_into_the_gradebook(
    lab2, sandbox, store, tmp_path, monkeypatch
):
    """Two equal ones and the handout: one run, two files, one row for who was graded here before."""
    folder, out = tmp_path / "class", tmp_path / "out"
    for key, forward in (("ann", FLOOR), ("bob", FLOOR_AGAIN), ("cy", None)):
        code = replace_function(RIGHT, "STE", forward) if forward else load_handout()["FP_layers"]
        (folder / key).mkdir(parents=True)
        (folder / key / "FP_layers.py").write_text(code)
        (folder / key / "lab1.py").write_text("x = 1\n")
    (folder / "ann" / "answers.toml").write_text("[lab2.c]\nbits_2 = 0.99\n")
    out.mkdir()
    download = read_class(folder)
    with Gradebook.open(out, create=True) as book:
        ann = download.handed_in[0]
        record_upload(book, record_download(book, download), ann, ann.read())
    monkeypatch.setattr(
        command.GradingRun, "start", lambda *_, **__: nullcontext(SimpleNamespace(sandbox=sandbox))
    )
    monkeypatch.setattr(command, "open_lab2", lambda *_: lab2)
    options = ["--out", str(out), "--store", str(store.folder)]
    told = (
        CliRunner().invoke(command.finetune_command, [str(folder), *options], catch_exceptions=False).output
    )
    assert "finetunes run now: 1; the others were known" in told
    assert "ann reports 0.9900" in told
    written = {key: json.loads((out / key / "finetunes.json").read_text()) for key in ("ann", "bob")}
    assert not (out / "cy" / "finetunes.json").exists()
    (entry,) = written["bob"]["finetunes"]
    assert entry["words"] == "best of 2 epochs, seed 0, on cpu; run with the equal code of ann"
    assert written["ann"]["quantizer"] == written["bob"]["quantizer"]
    assert written["ann"]["finetunes"][0]["reported"] == 0.99
    with Gradebook.open(out) as book:
        assert [row["accuracy"] for row in book.rows("SELECT * FROM finetunes")] == [entry["measured"]]
    again = CliRunner().invoke(command.finetune_command, [str(folder), *options, "--student", "bob"])
    assert "finetunes run now: 0" in again.output
    unknown = CliRunner().invoke(command.finetune_command, [str(folder), *options, "--student", "zoe"])
    assert isinstance(unknown.exception, UsageError)
