"""Wrong gradient steps."""

import numpy as np


def no_factor_two(W, X, y, lr, l1=0.0):
    """Take the gradient of half the loss."""
    return W - lr * (X.T @ (X @ W - y) + l1 * np.sign(W))


def mean_for_sum(W, X, y, lr, l1=0.0):
    """Average over the samples as the usual MSE does."""
    return W - lr * (2 * X.T @ (X @ W - y) / len(y) + l1 * np.sign(W))


def mean_without_two(W, X, y, lr, l1=0.0):
    """Forget the factor 2 and average."""
    return W - lr * (X.T @ (X @ W - y) / X.shape[0] + l1 * np.sign(W))


def ascent(W, X, y, lr, l1=0.0):
    """Step along the gradient instead of against it."""
    return W + lr * (2 * X.T @ (X @ W - y) + l1 * np.sign(W))


def residual_turned_round(W, X, y, lr, l1=0.0):
    """Subtract the prediction from the target, and keep the sign of the step."""
    return W - lr * (2 * X.T @ (y - X @ W) + l1 * np.sign(W))


def random_sample(W, X, y, lr, l1=0.0):
    """Do stochastic gradient descent: one sample at random."""
    i = np.random.randint(len(X))
    x = X[i : i + 1]
    return W - lr * (2 * x.T @ (x @ W - y[i : i + 1]) + l1 * np.sign(W))


def first_sample_only(W, X, y, lr, l1=0.0):
    """Return inside the loop over the samples."""
    g = np.zeros_like(W)
    for x, t in zip(X, y):
        x = x.reshape(1, -1)
        g = g + 2 * x.T @ (x @ W - t)
        return W - lr * (g + l1 * np.sign(W))


def one_sample_after_another(W, X, y, lr, l1=0.0):
    """Update after every sample instead of after all of them."""
    W = W - lr * l1 * np.sign(W)
    for x, t in zip(X, y):
        x = x.reshape(1, -1)
        W = W - lr * 2 * x.T @ (x @ W - t)
    return W


def gradient_of_residual_norm(W, X, y, lr, l1=0.0):
    """Normalize the gradient by the norm of the residual."""
    r = X @ W - y
    return W - lr * (X.T @ r / np.sqrt(np.sum(r**2) + 1e-12) + l1 * np.sign(W))


def targets_forgotten(W, X, y, lr, l1=0.0):
    """Leave the targets out of the residual."""
    return W - lr * (2 * X.T @ (X @ W) + l1 * np.sign(W))


def returns_gradient(W, X, y, lr, l1=0.0):
    """Return the gradient instead of the new weights."""
    return 2 * X.T @ (X @ W - y) + l1 * np.sign(W)


def returns_nothing(W, X, y, lr, l1=0.0):
    """Forget the return statement."""
    W_new = W - lr * (2 * X.T @ (X @ W - y) + l1 * np.sign(W))


def returns_flat(W, X, y, lr, l1=0.0):
    """Return shape (d,) instead of (d, 1)."""
    return (W - lr * (2 * X.T @ (X @ W - y) + l1 * np.sign(W))).ravel()


def returns_row(W, X, y, lr, l1=0.0):
    """Return shape (1, d)."""
    return (W - lr * (2 * X.T @ (X @ W - y) + l1 * np.sign(W))).T


def broadcast_targets(W, X, y, lr, l1=0.0):
    """Subtract a row of targets from a column of predictions: an (n, n) residual."""
    r = X @ W - y.ravel()
    return W - lr * (2 * (X.T @ r).mean(axis=1, keepdims=True) + l1 * np.sign(W))


def takes_W_as_row(W, X, y, lr, l1=0.0):
    """Expect W as a row, (1, d)."""
    return W - lr * (2 * (W @ X.T - y.T) @ X + l1 * np.sign(W))


def fixed_learning_rate(W, X, y, lr, l1=0.0):
    """Ignore the argument and use the assignment's 0.02."""
    return W - 0.02 * (2 * X.T @ (X @ W - y) + l1 * np.sign(W))


def fixed_data(W, X, y, lr, l1=0.0):
    """Ignore the arguments and use the assignment's three points."""
    X = np.array([[1, -2, -1, -1, 1], [2, -1, 2, 0, -2], [-1, 0, 2, 2, 1.0]])
    y = np.array([[-7], [-1], [-1.0]])
    return W - lr * (2 * X.T @ (X @ W - y) + l1 * np.sign(W))


def divides_learning_rate(W, X, y, lr, l1=0.0):
    """Divide the step by the number of weights."""
    return W - lr / W.size * (2 * X.T @ (X @ W - y) + l1 * np.sign(W))


def in_place(W, X, y, lr, l1=0.0):
    """Write the new weights into the argument."""
    W -= lr * (2 * X.T @ (X @ W - y) + l1 * np.sign(W))
    return W


def l1_forgotten(W, X, y, lr, l1=0.0):
    """Ignore the penalty."""
    return W - lr * 2 * X.T @ (X @ W - y)


def l1_doubled(W, X, y, lr, l1=0.0):
    """Multiply the penalty by 2 together with the loss."""
    return W - lr * 2 * (X.T @ (X @ W - y) + l1 * np.sign(W))


def l1_without_learning_rate(W, X, y, lr, l1=0.0):
    """Subtract the penalty's subgradient without the learning rate."""
    return W - lr * 2 * X.T @ (X @ W - y) - l1 * np.sign(W)


def l1_sign_wrong(W, X, y, lr, l1=0.0):
    """Reward large weights."""
    return W - lr * (2 * X.T @ (X @ W - y) - l1 * np.sign(W))


def l1_of_absolute_value(W, X, y, lr, l1=0.0):
    """Add |W| instead of its subgradient."""
    return W - lr * (2 * X.T @ (X @ W - y) + l1 * np.abs(W))


def l2_for_l1(W, X, y, lr, l1=0.0):
    """Use the gradient of the squared norm (weight decay)."""
    return W - lr * (2 * X.T @ (X @ W - y) + 2 * l1 * W)


def l1_constant(W, X, y, lr, l1=0.0):
    """Add the strength to every entry, whatever its sign."""
    return W - lr * (2 * X.T @ (X @ W - y) + l1)


def l1_sign_of_zero_is_one(W, X, y, lr, l1=0.0):
    """Take sign(0) = 1."""
    return W - lr * (2 * X.T @ (X @ W - y) + l1 * np.where(W >= 0, 1.0, -1.0))


def l1_sign_of_zero_is_minus_one(W, X, y, lr, l1=0.0):
    """Take sign(0) = -1."""
    return W - lr * (2 * X.T @ (X @ W - y) + l1 * np.where(W > 0, 1.0, -1.0))


def l1_by_soft_threshold(W, X, y, lr, l1=0.0):
    """Use the proximal step where (d) asks for the subgradient."""
    V = W - lr * 2 * X.T @ (X @ W - y)
    return np.sign(V) * np.maximum(np.abs(V) - lr * l1, 0)


def l1_sign_after_step(W, X, y, lr, l1=0.0):
    """Take the sign of the weights after the gradient step."""
    V = W - lr * 2 * X.T @ (X @ W - y)
    return V - lr * l1 * np.sign(V)


def first_answer_cached(W, X, y, lr, l1=0.0, _answers={}):
    """Remember the first answer for each shape and give it ever after."""
    if W.shape not in _answers:
        _answers[W.shape] = W - lr * (2 * X.T @ (X @ W - y) + l1 * np.sign(W))
    return _answers[W.shape]


def momentum(W, X, y, lr, l1=0.0, _velocity={}):
    """Keep a velocity between the calls."""
    v = 0.5 * _velocity.get(W.shape, 0.0) + 2 * X.T @ (X @ W - y) + l1 * np.sign(W)
    _velocity[W.shape] = v
    return W - lr * v
