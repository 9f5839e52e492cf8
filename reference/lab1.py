"""Solutions of Homework 4, Lab 1: sparse optimization of linear models."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def gd_step(W: Array, X: Array, y: Array, lr: float, l1: float = 0.0) -> Array:
    """Take one full-batch gradient descent step on ``L(W) + l1 * ||W||_1``.

    The loss is a sum over the samples, with neither a mean nor a factor one half::

        L(W) = sum_i (X_i W - y_i)^2

    and where an entry of ``W`` is 0 the subgradient of its absolute value is taken as 0
    (``sign(0) = 0``).

    Args:
        W: Weights, ``(d, 1)``.
        X: Samples, one per row, ``(n, d)``.
        y: Targets, ``(n, 1)``.
        lr: Learning rate, positive.
        l1: Strength of the l1 penalty, at least 0; 0 for plain gradient descent.

    Returns:
        The weights after the step, ``(d, 1)``; ``W`` is not modified.

    Examples:
        >>> X, y = np.array([[1.0, 2.0]]), np.array([[3.0]])
        >>> gd_step(np.array([[1.0], [0.0]]), X, y, lr=0.1)
        array([[1.4],
               [0.8]])
        >>> gd_step(np.array([[1.0], [0.0]]), X, y, lr=0.1, l1=2.0)
        array([[1.2],
               [0.8]])

    References:
        Homework 4, Lab 1(a), (b) and (d).
    """
    return W - lr * (2.0 * X.T @ (X @ W - y) + l1 * np.sign(W))


def prune_topk(W: Array, k: int) -> Array:
    """Keep the ``k`` entries of largest magnitude and set the others to zero.

    The result is a Euclidean projection onto ``{V : ||V||_0 <= k}``. Where magnitudes are
    equal, any choice of exactly ``k`` entries is right.

    Args:
        W: Weights, ``(d, 1)``.
        k: Number of entries to keep, ``0 < k < d``; 2 in Lab 1.

    Returns:
        The pruned weights, ``(d, 1)``; ``W`` is not modified.

    Examples:
        >>> prune_topk(np.array([[1.0], [-3.0], [0.5], [2.0]]), 2)
        array([[ 0.],
               [-3.],
               [ 0.],
               [ 2.]])

    References:
        Homework 4, Lab 1(c).
    """
    kept = np.argsort(-np.abs(W), axis=None, kind="stable")[:k]
    pruned = np.zeros_like(W)
    pruned.flat[kept] = W.flat[kept]
    return pruned


def soft_threshold(W: Array, threshold: float) -> Array:
    """Apply the proximal operator of the l1 norm (soft thresholding).

    Solve, entry by entry::

        argmin_V  1/2 * ||V - W||_2^2 + threshold * ||V||_1

    One proximal gradient step on ``L + lam * ||W||_1`` with learning rate ``lr`` applies it
    with ``threshold = lr * lam`` after the gradient step on ``L``.

    Args:
        W: Weights, any shape, float64; ``(d, 1)`` in Lab 1.
        threshold: Shrinkage, at least 0, in the units of ``W``.

    Returns:
        The shrunk weights, same shape; ``W`` is not modified.

    Examples:
        >>> soft_threshold(np.array([-1.0, 0.25, 0.5, 2.0]), 0.5)
        array([-0.5,  0. ,  0. ,  1.5])

    References:
        Homework 4, Lab 1(e).
    """
    return np.sign(W) * np.maximum(np.abs(W) - threshold, 0.0)


def trimmed_l1_prox(W: Array, threshold: float, k: int) -> Array:
    """Apply the proximal step of the trimmed l1 regularizer.

    The trimmed l1 regularizer leaves the ``k`` entries of largest magnitude without a
    penalty: they pass unchanged, and the other ``d - k`` entries are soft-thresholded. Where
    magnitudes are equal, any choice of exactly ``k`` entries is right.

    Args:
        W: Weights, ``(d, 1)``.
        threshold: Shrinkage of the penalized entries, at least 0, in the units of ``W``.
        k: Number of entries without a penalty, ``0 < k < d``; 2 in Lab 1.

    Returns:
        The weights after the proximal step, ``(d, 1)``; ``W`` is not modified.

    Examples:
        >>> trimmed_l1_prox(np.array([[1.0], [-3.0], [0.2], [2.0]]), 0.5, 2)
        array([[ 0.5],
               [-3. ],
               [ 0. ],
               [ 2. ]])

    References:
        Homework 4, Lab 1(f).
    """
    unpenalized = np.argsort(-np.abs(W), axis=None, kind="stable")[:k]
    shrunk = soft_threshold(W, threshold)
    shrunk.flat[unpenalized] = W.flat[unpenalized]
    return shrunk
