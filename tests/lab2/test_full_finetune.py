"""A finetune in full, in pieces: the same as in one go, whatever is lost or stopped on the way."""

import itertools
import textwrap
from types import SimpleNamespace

import numpy as np
import pytest

from grader.lab2.full_finetune import FullFinetune
from grader.lab2.quantizer_fingerprint import hash_value, take_fingerprint
from grader.lab2.reference_states import list_layer_bits
from grader.worker import lab2_probes, quantizer_probes
from reference import FP_layers
from student.given.finetuning import Run
from student.given.pretrained import load_embedded_weights
from student.given.training import Recipe
from tests.lab2.quantizers import make_layers, make_other_orders

pytestmark = pytest.mark.slow
RECIPE = Recipe(epochs=2, batch_size=16)
PROBES = {
    "train_steps": lab2_probes.train_steps,
    "quantize_networks": lab2_probes.quantize_networks,
    "run_quantizer": quantizer_probes.run_quantizer,
}


def make_probe(layers=FP_layers):
    """Return a probe that answers in this process, as a worker would."""
    student = SimpleNamespace(layers=layers, function=lambda name: getattr(layers, name))
    return lambda name, **arguments: PROBES[name](student, **arguments)


@pytest.fixture
def begin(small_dataset, tmp_path):
    """Begin a run, or go on with the one that is kept."""

    def start(bits=2, recipe=RECIPE):
        layers = tuple(list_layer_bits(None))
        state = load_embedded_weights()
        return FullFinetune("bits_2", bits, state, small_dataset, recipe, layers, tmp_path / "run.pt")

    return start


def finish(run, probe):
    """Take pieces until there is nothing more to do."""
    while not run.is_done and not run.problem:
        run.take_piece(probe, 3)
    return run


def test_a_run_in_pieces_is_the_assignments_own(begin, small_dataset):
    """Same batches, same steps, same tests as `hw4 lab2` runs in one process."""
    whole = Run(load_embedded_weights(), 2, FP_layers, small_dataset, RECIPE).execute()
    run = finish(begin(), make_probe())
    assert run.start_accuracy == whole.start_accuracy
    assert [e["test_accuracy"] for e in run.history] == [e["test_accuracy"] for e in whole.history]
    assert [e["loss"] for e in run.history] == pytest.approx([e["loss"] for e in whole.history], rel=1e-6)
    assert run.best_accuracy == whole.best_accuracy
    assert run.progress.seconds_left == 0


def test_a_run_that_was_stopped_in_an_epoch_goes_on_as_if_it_had_not_been(begin):
    """Momenta and running statistics are kept with the weights."""
    whole = finish(begin(), make_probe())
    whole.checkpoint.unlink()
    first = begin()
    for _ in range(5):
        first.take_piece(make_probe(), 1)
    first.store()
    second = begin()
    assert second.position == first.position == (0, 4)
    finish(second, make_probe())
    drop = [{key: entry[key] for key in entry if key != "seconds"} for entry in second.history]
    assert drop == [{key: entry[key] for key in entry if key != "seconds"} for entry in whole.history]


def test_a_piece_that_fails_loses_itself_and_no_more(begin):
    """The next one begins where the last good one ended."""
    calls = itertools.count()
    good = make_probe()

    def fails(name, **arguments):
        if name == "train_steps" and next(calls) % 2:
            raise TimeoutError
        return good(name, **arguments)

    run = begin()
    while not run.is_done:
        before = run.position
        try:
            run.take_piece(fails, 2)
        except TimeoutError:
            assert run.position == before
    assert run.best_accuracy == finish(begin(), good).best_accuracy


def test_a_checkpoint_of_another_run_or_a_damaged_one_is_begun_anew(begin):
    """Nothing is taken over from something else."""
    run = begin()
    for _ in range(3):
        run.take_piece(make_probe(), 1)
    run.store()
    assert begin(bits=4).position == (0, 0)
    run.checkpoint.write_bytes(run.checkpoint.read_bytes()[:1000])
    assert begin().position == (0, 0)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"losses": None}, "no losses"),
        ({"losses": np.array([np.nan] * 3)}, "the loss is not finite"),
        ({"losses": "many"}, "no losses"),
        ({"weights": {}}, "found no weights of shape"),
        ({"weights": None}, "returned no weights"),
    ],
    ids=str,
)
def test_what_is_no_training_ends_the_run_in_words(begin, change, told):
    """A worker may return anything."""
    good = make_probe()

    def spoil(name, **arguments):
        got = good(name, **arguments)
        return got | change if name == "train_steps" else got

    run = finish(begin(), spoil)
    assert told in run.problem
    assert "(epoch 1 of 2)" in run.problem
    assert run.best_accuracy is None


@pytest.mark.parametrize("quantized", [None, {}, {"bits_2": {}}, {"bits_2": 3}], ids=str)
def test_what_cannot_be_evaluated_ends_the_run_in_words(begin, quantized):
    """Accuracies are computed here, from weights that were looked at."""
    good = make_probe()
    run = finish(begin(), lambda name, **a: quantized if name == "quantize_networks" else good(name, **a))
    assert "returned no weights of its shape" in run.problem


@pytest.fixture(scope="module")
def identify(small_dataset):
    """Take the fingerprint of layers."""
    state = {name: value.numpy() for name, value in load_embedded_weights().items()}
    layers = tuple(list_layer_bits(None))

    def take(quantizer):
        schemes = {"bits_2": 2}
        return take_fingerprint(
            make_probe(quantizer), state, layers, (None, 4, 2), schemes, small_dataset.train
        )

    return take


SAME = """def forward(ctx, w, bit):
    if bit is None:
        return 1 * w
    if bit == 0:
        return 0 * w
    smallest = torch.min(w)
    width = torch.max(w) - smallest
    steps = (1 << bit) - 1
    if width == 0:
        return w.clone()
    scaled = (w - smallest) / width
    return width * (torch.round(steps * scaled) / steps) + smallest
"""


def test_equal_quantizers_written_differently_have_one_fingerprint(identify):
    """What counts is what they do, to the bit."""
    assert identify(make_layers(SAME)) == identify(FP_layers) == (identify(FP_layers)[0], True)


def test_quantizers_that_differ_in_outputs_gradients_or_leftovers_have_others(identify):
    """Equal outputs are not enough: with other gradients, or in place, they train differently."""
    orders = make_other_orders()
    method = textwrap.indent(SAME, "    ")
    masked = f"class STE(torch.autograd.Function):\n    @staticmethod\n{method}"
    masked += "\n    @staticmethod\n    def backward(ctx, g):\n        return g * 0, None\n"
    in_place = SAME.replace("    smallest =", "    w[w == w.max()] *= 1.5\n    smallest =", 1)
    found = [
        identify(layers)[0]
        for layers in (FP_layers, orders["step first"], make_layers(masked), make_layers(in_place))
    ]
    assert len(set(found)) == 4


def test_a_quantizer_that_rounds_at_random_is_not_shared(identify):
    """Its fingerprint says nothing about the next call."""
    stochastic = SAME.replace(
        "torch.round(steps * scaled)", "torch.floor(steps * scaled + torch.rand_like(w))"
    )
    assert identify(make_layers(stochastic))[1] is False


def test_digests_tell_kinds_dtypes_and_shapes_apart():
    """Nothing that a worker returns can be taken for something else."""
    values = [
        None, 0, 0.0, -0.0, "0", b"0", [], (), {}, {"a": 1}, {"a": 2}, [1, 2], [[1], 2], [1, [2]], True,
        np.zeros(4), np.zeros((2, 2)), np.zeros(4, np.float32), np.zeros(8, np.float32),
        np.array([0.0, -0.0]),
    ]  # fmt: skip
    assert len({hash_value(value) for value in values}) == len(values)
