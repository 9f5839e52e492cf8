"""Wrong soft thresholding."""

import numpy as np


def hard_threshold(W, threshold):
    """Set small entries to zero and do not shrink the large ones."""
    return np.where(np.abs(W) > threshold, W, 0.0)


def sign_lost(W, threshold):
    """Return the shrunk magnitudes."""
    return np.maximum(np.abs(W) - threshold, 0)


def grows(W, threshold):
    """Add the threshold to the large entries."""
    return np.where(np.abs(W) > threshold, W + threshold * np.sign(W), 0.0)


def only_positive_side(W, threshold):
    """Treat positive entries only; negative ones become zero."""
    return np.maximum(W - threshold, 0)


def negative_side_unchanged(W, threshold):
    """Shrink positive entries and leave the negative ones."""
    return np.where(W > 0, np.maximum(W - threshold, 0), W)


def threshold_doubled(W, threshold):
    """Shrink by twice the threshold."""
    return np.sign(W) * np.maximum(np.abs(W) - 2 * threshold, 0)


def threshold_halved(W, threshold):
    """Shrink by half the threshold."""
    return np.sign(W) * np.maximum(np.abs(W) - threshold / 2, 0)


def threshold_times_learning_rate(W, threshold):
    """Multiply the threshold by the learning rate once more."""
    return np.sign(W) * np.maximum(np.abs(W) - 0.02 * threshold, 0)


def ignores_threshold(W, threshold):
    """Shrink by a constant."""
    return np.sign(W) * np.maximum(np.abs(W) - 0.01, 0)


def returns_input(W, threshold):
    """Do nothing."""
    return W.copy()


def not_clipped_at_zero(W, threshold):
    """Subtract the threshold without stopping at zero."""
    return W - threshold * np.sign(W)


def small_entries_unchanged(W, threshold):
    """Shrink the large entries and leave the small ones."""
    return np.where(np.abs(W) > threshold, W - threshold * np.sign(W), W)


def all_shifted_down(W, threshold):
    """Subtract the threshold from negative entries too."""
    return np.where(np.abs(W) > threshold, W - threshold, 0.0)


def residue(W, threshold):
    """Return what is cut off instead of what is left."""
    return np.clip(W, -threshold, threshold)


def relative_shrinkage(W, threshold):
    """Shrink by a fraction: the proximal operator of the squared norm."""
    return W / (1 + threshold)


def returns_flat(W, threshold):
    """Return a flat array."""
    return (np.sign(W) * np.maximum(np.abs(W) - threshold, 0)).ravel()


def in_place(W, threshold):
    """Write the zeros into the argument."""
    W[np.abs(W) <= threshold] = 0
    W -= threshold * np.sign(W)
    return W


def right_for_three_calls(W, threshold, _calls=[]):
    """Behave well for the first three calls only."""
    _calls.append(1)
    if len(_calls) > 3:
        return W.copy()
    return np.sign(W) * np.maximum(np.abs(W) - threshold, 0)
