import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    w = [row[0] for row in W.tolist()]
    grad = [0.0] * len(w)
    for x, t in zip(X.tolist(), y.ravel().tolist()):
        e = sum(a * b for a, b in zip(x, w)) - t
        grad = [g + 2 * e * a for g, a in zip(grad, x)]
    sign = lambda v: (v > 0) - (v < 0)
    return np.array([[a - lr * (g + l1 * sign(a))] for a, g in zip(w, grad)])


def prune_topk(W, k):
    w = W.flatten().tolist()
    order = sorted(range(len(w)), key=lambda i: abs(w[i]), reverse=True)
    keep = set(order[:k])
    return np.array([w[i] if i in keep else 0.0 for i in range(len(w))]).reshape(W.shape)


def soft_threshold(W, threshold):
    flat = [max(abs(v) - threshold, 0.0) * (1.0 if v >= 0 else -1.0) for v in W.flatten().tolist()]
    return np.array(flat).reshape(W.shape)


def trimmed_l1_prox(W, threshold, k):
    w = W.flatten().tolist()
    order = sorted(range(len(w)), key=lambda i: abs(w[i]))
    for i in order[: len(w) - k]:
        w[i] = max(w[i] - threshold, 0.0) if w[i] > 0 else min(w[i] + threshold, 0.0)
    return np.asarray(w).reshape(W.shape)
