"""A right answer loses nothing: a sample of what ``make false-alarms`` grades whole."""

import ast
from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest

from grader.submission import read_submission
from tests.bank.hidden_checks import PASSED, assemble_submission, list_hidden_checks, warm
from tests.bank.paths import RIGHT, SAMPLE
from tests.false_alarms import blocks_lab1, blocks_lab2
from tests.false_alarms.matrix import REWRITES
from tests.false_alarms.rewrites import compose
from tests.false_alarms.variants import VARIANTS, Variant


def list_blocks():
    """Count the blocks of each list; the lists are the dictionaries of the two modules."""
    return {
        (blocks.__name__.rpartition("_")[2], name): set(options)
        for blocks in (blocks_lab1, blocks_lab2)
        for name, options in vars(blocks).items()
        if isinstance(options, dict) and name.isupper()
    }


def test_every_block_stands_in_some_rewrite():
    """What is never composed is never tried."""
    used = defaultdict(set)
    for number in range(REWRITES):
        rewrite = compose(number)
        ast.parse(rewrite.lab1)
        ast.parse(rewrite.layers)
        for key, block in rewrite.choices.items():
            function, _, name = key.partition(" ")
            used["lab2" if function in {"STE", "avg_precision"} else "lab1", name].add(block)
    assert dict(used) == list_blocks()


def test_rewrites_differ():
    """The number chooses the text."""
    assert len({compose(number).lab1 + compose(number).layers for number in range(REWRITES)}) == REWRITES


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_variant_computes_in_its_precision_and_with_its_threads(patient_sandbox, dtype):
    """A variant that changes nothing would prove nothing."""
    assembly = Variant(dtype, 2).apply(assemble_submission(read_submission(SAMPLE), patient_sandbox))
    first, *others = assembly.units
    spy = replace(first, cells=(*first.cells, "import torch; print('threads', torch.get_num_threads())"))
    with patient_sandbox.open_session(replace(assembly, units=(spy, *others)).as_wire()) as session:
        assert not session.load.errors
        W, X, y = np.ones((3, 1)), np.ones((2, 3)), np.zeros((2, 1))
        assert session.call("gd_step", W, X, y, 0.1).dtype == dtype
        assert "threads 2" in session.output


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_right_submissions_lose_nothing_in_any_variant(patient_sandbox, settings, variant):
    """Precision and threads are the student's choice."""
    checks = [check for check in list_hidden_checks(settings) if check.function]
    name = ("einsum", "piecewise", "argpartition", "torch_in_lab1")[VARIANTS.index(variant)]
    assembly = variant.apply(assemble_submission(read_submission(RIGHT / name), patient_sandbox))
    with warm(patient_sandbox, settings, assembly) as submission:
        for seed in range(3):
            outcomes, checks = submission.grade(checks, seed)
            assert set(outcomes.values()) == {PASSED}


@pytest.mark.slow
@pytest.mark.parametrize("number", range(4))
def test_rewrites_lose_nothing(patient_sandbox, settings, number):
    """Equal algebra in another order is as right."""
    checks = [check for check in list_hidden_checks(settings) if check.function]
    assembly = VARIANTS[number].apply(compose(number).assembly)
    with warm(patient_sandbox, settings, assembly) as submission:
        outcomes, _ = submission.grade(checks, number)
    assert {check: why for check, why in outcomes.items() if why != PASSED} == {}
