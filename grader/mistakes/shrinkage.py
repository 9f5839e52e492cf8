"""Known mistakes of ``soft_threshold``."""

from typing import Any

import numpy as np

from grader.mistakes.bank import Mistake

PICTURE = "draw the result over W: flat at 0 between -threshold and threshold, slope 1 outside, no jump"


def _shrink(W: Any, threshold: float) -> Any:
    return np.sign(W) * np.maximum(np.abs(W) - threshold, 0.0)


def _fixed_threshold(constant: float) -> Mistake:
    return Mistake(
        f"soft_threshold.fixed_at_{constant:g}".replace("0.", "0_"),
        why=f"threshold has no effect: the entries are always shrunk by {constant:g}",
        hint="use the argument threshold",
        compute=lambda W, threshold: _shrink(W, constant),  # noqa: ARG005
    )


MISTAKES = (
    Mistake(
        "soft_threshold.unchanged",
        why="W comes back unchanged",
        hint="is the result of the computation returned?",
        compute=lambda W, threshold: W + 0.0,  # noqa: ARG005
    ),
    Mistake(
        "soft_threshold.hard_threshold",
        why="large entries were not shrunk: that is hard thresholding",
        hint=PICTURE,
        compute=lambda W, threshold: np.where(np.abs(W) > threshold, W, 0.0),
    ),
    Mistake(
        "soft_threshold.sign_lost",
        why="the sign of the entries is lost",
        hint="shrinking moves every entry towards zero and keeps its sign",
        compute=lambda W, threshold: np.maximum(np.abs(W) - threshold, 0.0),
    ),
    Mistake(
        "soft_threshold.grows",
        why="the entries grow instead of shrinking",
        hint="check the sign of the threshold: magnitudes get smaller",
        compute=lambda W, threshold: W + threshold * np.sign(W),
    ),
    Mistake(
        "soft_threshold.grows_outside",
        why="the entries outside the threshold grow instead of shrinking",
        hint="check the signs in the two branches: magnitudes get smaller",
        compute=lambda W, threshold: np.where(np.abs(W) > threshold, W + threshold * np.sign(W), 0.0),
    ),
    Mistake(
        "soft_threshold.crosses_zero",
        why="entries below the threshold come out with the opposite sign instead of 0",
        hint="an entry that would cross zero stops at zero",
        compute=lambda W, threshold: W - threshold * np.sign(W),
    ),
    Mistake(
        "soft_threshold.negative_entries_zeroed",
        why="negative entries become 0",
        hint="the operator is odd: the result for -W is minus the result for W",
        compute=lambda W, threshold: np.maximum(W - threshold, 0.0),
    ),
    Mistake(
        "soft_threshold.shifts_down",
        why="negative entries grow: the threshold is subtracted from them too",
        hint="the operator is odd: the result for -W is minus the result for W",
        compute=lambda W, threshold: np.where(np.abs(W) > threshold, W - threshold, 0.0),
    ),
    Mistake(
        "soft_threshold.negative_entries_unshrunk",
        why="negative entries are not shrunk",
        hint="the operator is odd: the result for -W is minus the result for W",
        compute=lambda W, threshold: np.where(threshold < W, W - threshold, np.where(-threshold > W, W, 0.0)),
    ),
    Mistake(
        "soft_threshold.positive_entries_only",
        why="negative entries pass unchanged",
        hint="the operator is odd: the result for -W is minus the result for W",
        compute=lambda W, threshold: np.where(W > 0, np.maximum(W - threshold, 0.0), W),
    ),
    Mistake(
        "soft_threshold.small_entries_kept",
        why="entries below the threshold pass unchanged instead of becoming 0",
        hint=PICTURE,
        compute=lambda W, threshold: np.where(np.abs(W) > threshold, W - threshold * np.sign(W), W),
    ),
    Mistake(
        "soft_threshold.clips",
        why="the result is what shrinking takes away: W clipped to the threshold",
        hint=PICTURE,
        compute=lambda W, threshold: np.clip(W, -threshold, threshold),
    ),
    Mistake(
        "soft_threshold.threshold_doubled",
        why="the entries are shrunk by twice the threshold",
        hint="the definition has 1/2 in front of the squared distance",
        compute=lambda W, threshold: _shrink(W, 2.0 * threshold),
    ),
    Mistake(
        "soft_threshold.threshold_halved",
        why="the entries are shrunk by half the threshold",
        hint="the definition has 1/2 in front of the squared distance",
        compute=lambda W, threshold: _shrink(W, 0.5 * threshold),
    ),
    Mistake(
        "soft_threshold.threshold_times_learning_rate",
        why="the threshold is multiplied by the learning rate 0.02 once more",
        hint="the argument threshold is already lr * lambda",
        compute=lambda W, threshold: _shrink(W, 0.02 * threshold),
    ),
    Mistake(
        "soft_threshold.relative_threshold",
        why="the threshold is taken relative to the largest entry",
        hint="the threshold is in the units of W",
        compute=lambda W, threshold: _shrink(W, threshold * np.abs(W).max()),
    ),
    Mistake(
        "soft_threshold.scales",
        why="the entries are scaled, not shifted: that is the proximal operator of an l2 penalty",
        hint="every surviving entry loses the same amount",
        compute=lambda W, threshold: W / (1.0 + threshold),
    ),
    Mistake(
        "soft_threshold.zeroes_the_largest",
        why="the large entries became 0 and the small ones stayed: the comparison is reversed",
        hint=PICTURE,
        compute=lambda W, threshold: np.where(np.abs(W) > threshold, 0.0, W),
    ),
    *(_fixed_threshold(constant) for constant in (0.004, 0.01, 0.02, 0.04)),
    Mistake(
        "soft_threshold.subtracted_from_all",
        why="the threshold is subtracted from every entry, whatever its sign and size",
        hint=PICTURE,
        compute=lambda W, threshold: W - threshold,
    ),
)
