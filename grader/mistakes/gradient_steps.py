"""Known mistakes of ``gd_step``."""

from typing import Any

import numpy as np

from grader.mistakes.bank import Mistake
from student.given.problem import load_assignment

STEP = "the step goes from W against the gradient of L + l1 * ||W||_1, scaled by lr"


def _gradient(W: Any, X: Any, y: Any) -> Any:
    return 2.0 * X.T @ (X @ W - y)


def _sample_by_sample(W: Any, X: Any, y: Any, lr: float, l1: float = 0.0) -> Any:
    for row in range(len(X)):
        W = W - lr * (_gradient(W, X[row : row + 1], y[row : row + 1]) + l1 * np.sign(W))
    return W


def _penalty_then_sample_by_sample(W: Any, X: Any, y: Any, lr: float, l1: float = 0.0) -> Any:
    return _sample_by_sample(W - lr * l1 * np.sign(W), X, y, lr)


def _soft_threshold(W: Any, threshold: float) -> Any:
    return np.sign(W) * np.maximum(np.abs(W) - threshold, 0.0)


def _hard_coded_data(W: Any, X: Any, y: Any, lr: float, l1: float = 0.0) -> Any:  # noqa: ARG001
    lab1 = load_assignment().lab1
    return W - lr * (_gradient(W, lab1.X, lab1.y) + l1 * np.sign(W))


MISTAKES = (
    Mistake(
        "gd_step.unchanged",
        why="W comes back unchanged",
        hint="is the result of the computation returned?",
        compute=lambda W, X, y, lr, l1=0.0: W + 0.0,  # noqa: ARG005
    ),
    Mistake(
        "gd_step.no_factor_two",
        why="the gradient of L is half as large as it should be",
        hint="L has no factor one half in front: differentiate (X_i W - y_i)^2 by hand",
        compute=lambda W, X, y, lr, l1=0.0: W - lr * (X.T @ (X @ W - y) + l1 * np.sign(W)),
    ),
    Mistake(
        "gd_step.mean_over_samples",
        why="the gradient of L is divided by the number of samples",
        hint="L is a sum over the samples, not their mean",
        compute=lambda W, X, y, lr, l1=0.0: W - lr * (_gradient(W, X, y) / len(X) + l1 * np.sign(W)),
    ),
    Mistake(
        "gd_step.mean_without_factor_two",
        why="the gradient of L is divided by the number of samples and lacks the factor 2",
        hint="L is a sum of squares: neither a mean nor a factor one half",
        compute=lambda W, X, y, lr, l1=0.0: W - lr * (_gradient(W, X, y) / (2 * len(X)) + l1 * np.sign(W)),
    ),
    Mistake(
        "gd_step.mean_of_everything",
        why="the whole objective, the penalty too, is divided by the number of samples",
        hint="L is a sum over the samples, and the penalty is added once",
        compute=lambda W, X, y, lr, l1=0.0: W - lr * (_gradient(W, X, y) + l1 * np.sign(W)) / len(X),
    ),
    Mistake(
        "gd_step.ascent",
        why="the step climbs: it goes along the gradient of L, not against it",
        hint="check the sign of the residual X W - y and of the step",
        compute=lambda W, X, y, lr, l1=0.0: W + lr * (_gradient(W, X, y) + l1 * np.sign(W)),
    ),
    Mistake(
        "gd_step.ascent_on_the_loss",
        why="the step climbs on L (and descends on the penalty)",
        hint="check the sign of the residual: X W - y and y - X W give opposite gradients",
        compute=lambda W, X, y, lr, l1=0.0: W + lr * (_gradient(W, X, y) - l1 * np.sign(W)),
    ),
    Mistake(
        "gd_step.first_sample_only",
        why="only the first sample moves the weights",
        hint="full batch: the gradient sums over all rows of X",
        compute=lambda W, X, y, lr, l1=0.0: W - lr * (_gradient(W, X[:1], y[:1]) + l1 * np.sign(W)),
    ),
    Mistake(
        "gd_step.last_sample_only",
        why="only the last sample moves the weights",
        hint="full batch: add up the gradients of all rows; does a loop overwrite its sum?",
        compute=lambda W, X, y, lr, l1=0.0: W - lr * (_gradient(W, X[-1:], y[-1:]) + l1 * np.sign(W)),
    ),
    Mistake(
        "gd_step.sample_by_sample",
        why="the weights change after every sample (stochastic steps) instead of once",
        hint="full batch: compute the gradient of all samples at the same W, then step once",
        compute=_sample_by_sample,
    ),
    Mistake(
        "gd_step.sample_by_sample_after_the_penalty",
        why="the weights change after every sample (stochastic steps) instead of once",
        hint="full batch: compute the gradient of all samples at the same W, then step once",
        compute=_penalty_then_sample_by_sample,
    ),
    Mistake(
        "gd_step.targets_forgotten",
        why="y has no effect",
        hint="the residual is X W - y",
        compute=lambda W, X, y, lr, l1=0.0: W - lr * (_gradient(W, X, 0.0 * y) + l1 * np.sign(W)),
    ),
    Mistake(
        "gd_step.norm_of_the_residual",
        why="the gradient is that of the residual's norm: L without the square",
        hint="L is a sum of squares; no root is taken",
        compute=lambda W, X, y, lr, l1=0.0: (
            W - lr * (X.T @ (X @ W - y) / np.linalg.norm(X @ W - y) + l1 * np.sign(W))
        ),
    ),
    Mistake(
        "gd_step.divided_by_weights",
        why="the step is divided by the number of weights",
        hint="the learning rate scales the gradient, and nothing else does",
        compute=lambda W, X, y, lr, l1=0.0: W - lr / W.size * (_gradient(W, X, y) + l1 * np.sign(W)),
    ),
    Mistake(
        "gd_step.flattened_target_averaged",
        why="X W - y became a square matrix (y lost its column shape) and was averaged away",
        hint="X @ W and y are both (n, 1); print the shape of their difference",
        compute=lambda W, X, y, lr, l1=0.0: (
            W - lr * (2.0 * (X.T @ (X @ W - y.ravel())).mean(axis=1, keepdims=True) + l1 * np.sign(W))
        ),
    ),
    Mistake(
        "gd_step.penalty_forgotten",
        why="l1 has no effect",
        hint="add the subgradient of l1 * ||W||_1 to the gradient of L",
        compute=lambda W, X, y, lr, l1=0.0: W - lr * _gradient(W, X, y),  # noqa: ARG005
    ),
    Mistake(
        "gd_step.penalty_doubled",
        why="the penalty acts twice as strongly as it should",
        hint="the factor 2 of the squared loss does not belong to the penalty",
        compute=lambda W, X, y, lr, l1=0.0: W - lr * (_gradient(W, X, y) + 2.0 * l1 * np.sign(W)),
    ),
    Mistake(
        "gd_step.penalty_halved",
        why="the penalty acts half as strongly as it should",
        hint="the l1 norm has no factor one half",
        compute=lambda W, X, y, lr, l1=0.0: W - lr * (_gradient(W, X, y) + 0.5 * l1 * np.sign(W)),
    ),
    Mistake(
        "gd_step.loss_gradient_doubled",
        why="the penalty is right but the gradient of L is doubled",
        hint="differentiate (X_i W - y_i)^2 once more: the factor 2 stands there once",
        compute=lambda W, X, y, lr, l1=0.0: W - lr * (2.0 * _gradient(W, X, y) + l1 * np.sign(W)),
    ),
    Mistake(
        "gd_step.penalty_reversed",
        why="the penalty pushes the weights away from zero",
        hint="check the sign of the penalty's subgradient: the step goes against it",
        compute=lambda W, X, y, lr, l1=0.0: W - lr * (_gradient(W, X, y) - l1 * np.sign(W)),
    ),
    Mistake(
        "gd_step.penalty_not_scaled_by_lr",
        why="the penalty's part of the step is not multiplied by lr",
        hint="the learning rate scales the whole (sub)gradient",
        compute=lambda W, X, y, lr, l1=0.0: W - lr * _gradient(W, X, y) - l1 * np.sign(W),
    ),
    Mistake(
        "gd_step.l2_penalty",
        why="the penalty's part grows with the weight: that is an l2 penalty (weight decay)",
        hint="the subgradient of |w| depends on the sign of w only",
        compute=lambda W, X, y, lr, l1=0.0: W - lr * (_gradient(W, X, y) + l1 * W),
    ),
    Mistake(
        "gd_step.squared_l2_penalty",
        why="the penalty's part grows with the weight: that is the gradient of l1 * ||W||_2^2",
        hint="the subgradient of |w| depends on the sign of w only",
        compute=lambda W, X, y, lr, l1=0.0: W - lr * (_gradient(W, X, y) + 2.0 * l1 * W),
    ),
    Mistake(
        "gd_step.penalty_value",
        why="the penalty itself (l1 * |W|) is added to the gradient, not its derivative",
        hint="what is the slope of |w| left and right of zero?",
        compute=lambda W, X, y, lr, l1=0.0: W - lr * (_gradient(W, X, y) + l1 * np.abs(W)),
    ),
    Mistake(
        "gd_step.penalty_without_sign",
        why="the penalty pulls every weight in the same direction, whatever its sign",
        hint="the subgradient of |w| has the sign of w",
        compute=lambda W, X, y, lr, l1=0.0: W - lr * (_gradient(W, X, y) + l1),
    ),
    Mistake(
        "gd_step.penalty_after_the_step",
        why="the penalty's subgradient is taken at the weights after the gradient step",
        hint="both parts of the step are evaluated at the same W",
        compute=lambda W, X, y, lr, l1=0.0: (
            (W - lr * _gradient(W, X, y)) - lr * l1 * np.sign(W - lr * _gradient(W, X, y))
        ),
    ),
    Mistake(
        "gd_step.proximal",
        why="the penalty is applied by soft thresholding: that is the method of (e)",
        hint="(d) takes one plain subgradient step on the whole objective",
        compute=lambda W, X, y, lr, l1=0.0: _soft_threshold(W - lr * _gradient(W, X, y), lr * l1),
    ),
    Mistake(
        "gd_step.fixed_learning_rate",
        why="lr has no effect: the step always uses 0.02",
        hint="use the argument lr; the experiments pass 0.02 themselves",
        compute=lambda W, X, y, lr, l1=0.0: W - 0.02 * (_gradient(W, X, y) + l1 * np.sign(W)),  # noqa: ARG005
    ),
    Mistake(
        "gd_step.hard_coded_data",
        why="X and y have no effect: the step uses the assignment's three points",
        hint="use the arguments X and y; (g) passes two points",
        compute=_hard_coded_data,
    ),
    Mistake(
        "gd_step.returns_the_gradient",
        why="the result is the gradient, not the weights after the step",
        hint=STEP,
        compute=lambda W, X, y, lr, l1=0.0: _gradient(W, X, y) + l1 * np.sign(W),  # noqa: ARG005
    ),
    Mistake(
        "gd_step.returns_the_change",
        why="the result is the change of the weights, not the weights after the step",
        hint=STEP,
        compute=lambda W, X, y, lr, l1=0.0: -lr * (_gradient(W, X, y) + l1 * np.sign(W)),
    ),
    Mistake(
        "gd_step.starts_at_zero",
        why="the gradient is taken at W = 0 whatever W is",
        hint="the residual is X W - y at the W that was passed",
        compute=lambda W, X, y, lr, l1=0.0: W - lr * (_gradient(0.0 * W, X, y) + l1 * np.sign(W)),
    ),
    Mistake(
        "gd_step.without_lr",
        why="the step is not scaled by lr",
        hint=STEP,
        compute=lambda W, X, y, lr, l1=0.0: W - (_gradient(W, X, y) + l1 * np.sign(W)),  # noqa: ARG005
    ),
    Mistake(
        "gd_step.flattened_target",
        why="X W - y became a square matrix: y lost its column shape, so NumPy broadcast it",
        hint="X @ W and y are both (n, 1); print the shape of their difference",
        compute=lambda W, X, y, lr, l1=0.0: W - lr * (2.0 * X.T @ (X @ W - y.ravel()) + l1 * np.sign(W)),
    ),
    Mistake(
        "gd_step.normalized_gradient",
        why="the gradient is divided by its norm",
        hint="the step is proportional to the gradient; nothing is normalized",
        compute=lambda W, X, y, lr, l1=0.0: (
            W
            - lr
            * (_gradient(W, X, y) + l1 * np.sign(W))
            / np.linalg.norm(_gradient(W, X, y) + l1 * np.sign(W))
        ),
    ),
    Mistake(
        "gd_step.absolute_loss",
        why="the residuals enter by their sign only: that is the gradient of sum |X_i W - y_i|",
        hint="L is a sum of squares",
        compute=lambda W, X, y, lr, l1=0.0: W - lr * (X.T @ np.sign(X @ W - y) + l1 * np.sign(W)),
    ),
    Mistake(
        "gd_step.sign_of_zero_is_plus",
        why="weights that are exactly 0 are pushed by the penalty: sign(0) was taken as 1",
        hint="where a weight is 0 the subgradient of its absolute value is taken as 0",
        compute=lambda W, X, y, lr, l1=0.0: W - lr * (_gradient(W, X, y) + l1 * np.where(W >= 0, 1.0, -1.0)),
        case="zero_weights",
    ),
    Mistake(
        "gd_step.sign_of_zero_is_minus",
        why="weights that are exactly 0 are pushed by the penalty: sign(0) was taken as -1",
        hint="where a weight is 0 the subgradient of its absolute value is taken as 0",
        compute=lambda W, X, y, lr, l1=0.0: W - lr * (_gradient(W, X, y) + l1 * np.where(W > 0, 1.0, -1.0)),
        case="zero_weights",
    ),
    Mistake(
        "gd_step.sign_by_division",
        why="weights that are exactly 0 become nan: the sign was computed as W / |W|",
        hint="0 / 0 is nan; where a weight is 0 the subgradient is taken as 0",
        compute=lambda W, X, y, lr, l1=0.0: W - lr * (_gradient(W, X, y) + l1 * W / np.abs(W)),
        case="zero_weights",
    ),
)
