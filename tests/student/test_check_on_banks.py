"""`hw4 check` on whole submissions: the right ones pass, the wrong ones are named as what they are."""

import matplotlib as mpl
import pytest

from student.given.checks import check_labs
from tests.bank.mistakes import list_mistakes, write_submission
from tests.bank.right import RIGHT_SUBMISSIONS

# What the bank of wrong submissions calls a mistake, and a part of what `hw4 check` must say. A
# mistake that is not listed must not be named at all: better no name than a wrong one.
SAYINGS = {
    "gd_step.no_factor_two": "half as large",
    "gd_step.mean_for_sum": "divided by the number of samples",
    "gd_step.mean_without_two": "lacks the factor 2",
    "gd_step.ascent": "the step climbs",
    "gd_step.residual_turned_round": "climbs on L",
    "gd_step.random_sample": "different results",
    "gd_step.first_sample_only": "only the first sample",
    "gd_step.one_sample_after_another": "after every sample",
    "gd_step.gradient_of_residual_norm": "residual's norm",
    "gd_step.targets_forgotten": "y has no effect",
    "gd_step.returns_gradient": "is the gradient",
    "gd_step.returns_nothing": "returns None",
    "gd_step.returns_flat": "the shape is",
    "gd_step.returns_row": "the shape is",
    "gd_step.broadcast_targets": "square matrix",
    "gd_step.takes_W_as_row": "raised an exception",
    "gd_step.fixed_learning_rate": "always uses 0.02",
    "gd_step.fixed_data": "assignment's three points",
    "gd_step.divides_learning_rate": "divided by the number of weights",
    "gd_step.in_place": "overwritten",
    "gd_step.l1_forgotten": "l1 has no effect",
    "gd_step.l1_doubled": "twice as strongly",
    "gd_step.l1_without_learning_rate": "not multiplied by lr",
    "gd_step.l1_sign_wrong": "away from zero",
    "gd_step.l1_of_absolute_value": "not its derivative",
    "gd_step.l2_for_l1": "||W||_2^2",
    "gd_step.l1_constant": "in the same direction",
    "gd_step.l1_sign_of_zero_is_one": "taken as 1",
    "gd_step.l1_sign_of_zero_is_minus_one": "taken as -1",
    "gd_step.l1_by_soft_threshold": "soft thresholding",
    "gd_step.l1_sign_after_step": "after the gradient step",
    "gd_step.momentum": "different results",
    "prune_topk.keeps_smallest": "smallest magnitude are kept",
    "prune_topk.by_signed_value": "not by magnitude",
    "prune_topk.one_too_many": "k + 1",
    "prune_topk.one_too_few": "k - 1",
    "prune_topk.prunes_k": "k entries are set to zero",
    "prune_topk.fixed_two": "always two",
    "prune_topk.fixed_five": "5 - k",
    "prune_topk.ties_all_kept": "more than k",
    "prune_topk.keeps_first": "the first k",
    "prune_topk.returns_mask": "the mask",
    "prune_topk.returns_kept_only": "the kept entries alone",
    "prune_topk.returns_magnitudes": "lost their sign",
    "prune_topk.in_place": "overwritten",
    "prune_topk.soft_for_hard": "shrunk",
    "soft_threshold.hard_threshold": "hard thresholding",
    "soft_threshold.sign_lost": "sign of the entries is lost",
    "soft_threshold.grows": "grow",
    "soft_threshold.only_positive_side": "negative entries become 0",
    "soft_threshold.negative_side_unchanged": "negative entries pass unchanged",
    "soft_threshold.threshold_doubled": "twice the threshold",
    "soft_threshold.threshold_halved": "half the threshold",
    "soft_threshold.threshold_times_learning_rate": "learning rate",
    "soft_threshold.ignores_threshold": "threshold has no effect",
    "soft_threshold.returns_input": "unchanged",
    "soft_threshold.not_clipped_at_zero": "opposite sign",
    "soft_threshold.small_entries_unchanged": "below the threshold pass unchanged",
    "soft_threshold.all_shifted_down": "negative entries grow",
    "soft_threshold.residue": "takes away",
    "soft_threshold.relative_shrinkage": "scaled",
    "soft_threshold.returns_flat": "the shape is",
    "soft_threshold.in_place": "overwritten",
    "trimmed_l1_prox.penalizes_largest": "largest magnitude are shrunk",
    "trimmed_l1_prox.k_and_rest_swapped": "swapped",
    "trimmed_l1_prox.shrinks_all": "plain l1",
    "trimmed_l1_prox.zeroes_the_rest": "pruning",
    "trimmed_l1_prox.hard_thresholds_the_rest": "hard thresholding",
    "trimmed_l1_prox.fixed_two": "always two",
    "trimmed_l1_prox.fixed_three_penalized": "always three",
    "trimmed_l1_prox.by_signed_value": "not by magnitude",
    "trimmed_l1_prox.one_too_many": "k + 1",
    "trimmed_l1_prox.one_too_few": "k - 1",
    "trimmed_l1_prox.not_clipped_at_zero": "opposite sign",
    "trimmed_l1_prox.threshold_doubled": "twice",
    "trimmed_l1_prox.grows": "grow",
    "trimmed_l1_prox.sign_lost": "lost their sign",
    "trimmed_l1_prox.in_place": "overwritten",
    "STE.symmetric_scale": "-max|w|",
    "STE.one_level_too_many": "2^bit + 1 levels",
    "STE.one_bit_too_many": "2^(bit + 1)",
    "STE.one_bit_too_few": "for a sign",
    "STE.bits_as_levels": "bit steps",
    "STE.floor": "rounded down",
    "STE.ceil": "rounded up",
    "STE.not_rounded": "unquantized",
    "STE.rounded_before_scaling": "rounded before",
    "STE.beta_forgotten": "beta is not added back",
    "STE.beta_not_subtracted": "beta is not subtracted",
    "STE.alpha_is_max": "alpha is the maximum",
    "STE.per_channel": "channel",
    "STE.returns_codes": "integer codes",
    "STE.returns_unit_range": "in [0, 1]",
    "STE.fixed_range": "fixed to [-1, 1]",
    "STE.range_always_holds_zero": "holds 0",
    "STE.three_sigma_range": "three standard deviations",
    "STE.codes_in_int8": "overflow",
    "STE.none_not_handled": "bit None",
    "STE.none_means_32_levels": "bit None",
    "STE.zero_bits_divide_by_zero": "bit 0 the result is nan",
    "STE.zero_bits_return_w": "bit 0",
    "STE.constant_becomes_nan": "nan",
    "STE.constant_becomes_zero": "zeros",
    "STE.in_place": "overwritten",
    "STE.overwrites_latent_weights": "overwritten",
    "STE.hard_coded_four_bits": "always 4 bits",
    "STE.returns_half": "float16",
    "STE.returns_float64": "float64",
    "STE.returns_flat": "the shape is",
    "STE.backward_zeros": "gradient",
    "STE.backward_clipped": "gradient",
    "STE.backward_scaled": "gradient",
    "STE.backward_masked": "gradient",
    "STE.gradient_through_range": "gradient",
    "STE.no_straight_through": "gradient",
    "avg_precision.mean_over_layers": "every layer counts the same",
    "avg_precision.float_layers_skipped": "left out",
    "avg_precision.float_counts_zero_bits": "count 0 bits",
    "avg_precision.float_counts_16_bits": "count 16 bits",
    "avg_precision.zero_bits_count_32": "Nbits = 0 counts 32",
    "avg_precision.batch_norm_counted": "batch normalization",
    "avg_precision.plain_layers_counted": "plain nn.Linear",
    "avg_precision.bias_counted": "biases",
    "avg_precision.float_bias_counted": "biases",
    "avg_precision.divided_by_all_parameters": "all parameters",
    "avg_precision.hard_coded": "the same whatever the inputs",
    "avg_precision.hard_coded_sizes": "ResNet-20",
    "avg_precision.largest": "largest number of bits",
    "avg_precision.linear_layers_missed": "FP_Linear",
    "avg_precision.shortcuts_missed": "1x1",
    "avg_precision.top_level_only": "direct children",
    "avg_precision.last_layer_missed": "last layer",
    "avg_precision.weighted_by_channels": "filters",
    "avg_precision.rounded": "rounded",
    "avg_precision.total_bits": "total number of bits",
    "avg_precision.fraction_of_32": "divided by 32",
    "avg_precision.first_answer_cached": "the same whatever the inputs",
}
# Behaves well until it was called more often than the public checks call it.
SLEEPERS = {"trimmed_l1_prox.right_for_ten_calls"}


@pytest.fixture(autouse=True)
def _isolated(clean_imports, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    mpl.use("agg")


@pytest.mark.slow
@pytest.mark.parametrize("submission", RIGHT_SUBMISSIONS, ids=lambda submission: submission.name)
def test_right_submissions_pass(submission):
    """Every public check passes and no mistake is named, however the submission is written."""
    folders = [submission.folder, *(path for path in submission.folder.iterdir() if path.is_dir())]
    folder = next(folder for folder in folders if any(folder.glob("*.py")) or any(folder.glob("*.ipynb")))
    reports, unreadable = check_labs(folder)
    assert not unreadable
    written = [report for report in reports if report.state != "not written"]
    assert len(written) >= 4
    for report in written:
        assert report.state == "passed", (report.title, report.note, report.outcomes)


@pytest.mark.parametrize("mistake", list_mistakes(), ids=str)
def test_wrong_submissions_are_named_for_what_they_are(mistake, tmp_path):
    """The mistake fails its function; what is said about it is true, or nothing is said."""
    folder = tmp_path / "submission"
    folder.mkdir()
    write_submission(mistake, folder)
    lab = 1 if mistake.module == "lab1" else 2
    reports, _ = check_labs(folder, (lab,))
    failed = [report for report in reports if report.state == "failed"]
    if str(mistake) in SLEEPERS:
        assert not failed
        return
    assert [report.name for report in failed] == [mistake.function]
    first = next(outcome for outcome in failed[0].outcomes if not outcome.passed)
    assert SAYINGS.get(str(mistake), "") in first.why
    assert bool(first.why) == (str(mistake) in SAYINGS)
