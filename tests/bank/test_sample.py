"""The bundled sample is imperfect in exactly three places."""

import tomllib

import numpy as np
import pytest
import torch

import reference.FP_layers as reference_layers
import reference.lab1 as reference_lab1
from tests.bank.loading import loaded
from tests.bank.paths import REFERENCE, SAMPLE


def test_one_operator_is_wrong(tmp_path):
    """soft_threshold is hard thresholding; everything else is right."""
    generator = np.random.default_rng(4)
    W, X, y = (generator.normal(size=shape) for shape in ((5, 1), (3, 5), (3, 1)))
    w = torch.randn(20, 3, generator=torch.Generator().manual_seed(1))
    with loaded(SAMPLE, tmp_path) as sample:
        for name, arguments in (
            ("gd_step", (W, X, y, 0.02, 0.5)),
            ("prune_topk", (W, 2)),
            ("trimmed_l1_prox", (W, 0.3, 2)),
        ):
            expected = getattr(reference_lab1, name)(*arguments)
            np.testing.assert_allclose(getattr(sample, name)(*arguments), expected, atol=1e-12)
        np.testing.assert_array_equal(sample.soft_threshold(W, 0.3), np.where(np.abs(W) >= 0.3, W, 0.0))
        assert torch.equal(sample.STE.apply(w, 3), reference_layers.STE.apply(w, 3))
        assert sample.avg_precision(sample.FP_Linear(2, 2, Nbits=3)) == pytest.approx(3.0)


def test_one_verdict_is_wrong_and_one_comment_missing():
    sample = tomllib.loads((SAMPLE / "answers.toml").read_text(encoding="utf-8"))
    key = tomllib.loads((REFERENCE / "answers.toml").read_text(encoding="utf-8"))
    verdicts = {item: entry["verdict"] for item, entry in sample["true_false"].items()}
    right = {item: entry["verdict"] for item, entry in key["true_false"].items()}
    assert {item for item in right if verdicts[item] != right[item]} == {"1.3"}
    empty = [item for item in "bcdef" if sample["lab1"][item].get("comment") == ""]
    assert empty == ["c"]
