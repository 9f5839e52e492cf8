# Homework 4, Lab 1. Running this file makes all figures of the report.
import numpy as np
import matplotlib.pyplot as plt

X = np.array([[1, -2, -1, -1, 1], [2, -1, 2, 0, -2], [-1, 0, 2, 2, 1]], dtype=float)
y = np.array([[-7], [-1], [-1]], dtype=float)
lr = 0.02
steps = 200


def loss(W, X, y):
    return np.sum((X @ W - y) ** 2)


def show(title, losses, weights, name):
    fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3))
    left.plot(np.log(np.maximum(losses, 1e-30)))
    left.set_xlabel("#steps")
    left.set_ylabel("log(L)")
    right.plot(np.hstack(weights).T)
    right.legend([f"W{i + 1}" for i in range(5)])
    fig.suptitle(title)
    fig.savefig(name)
    plt.show()
    plt.close(fig)


# ------------------------------------------------------------------ (b)
def gd_step(W, X, y, lr, l1=0.0):
    grad = 2 * X.T @ (X @ W - y)
    if l1 > 0:
        grad = grad + l1 * np.sign(W)
    return W - lr * grad


W = np.zeros((5, 1))
losses, weights = [loss(W, X, y)], [W]
for step in range(steps):
    W = gd_step(W, X, y, lr)
    losses.append(loss(W, X, y))
    weights.append(W)
print("(b) W =", W.ravel())
show("(b)", losses, weights, "lab1_b.png")


# ------------------------------------------------------------------ (c)
def prune_topk(W, k):
    W = W.copy()
    W[np.abs(W).flatten().argsort()[: W.size - k]] = 0
    return W


W = np.zeros((5, 1))
losses, weights = [loss(W, X, y)], [W]
for step in range(steps):
    W = prune_topk(gd_step(W, X, y, lr), 2)
    losses.append(loss(W, X, y))
    weights.append(W)
print("(c) W =", W.ravel())
show("(c)", losses, weights, "lab1_c.png")

# ------------------------------------------------------------------ (d)
for lam in [0.2, 0.5, 1.0, 2.0]:
    W = np.zeros((5, 1))
    losses, weights = [loss(W, X, y)], [W]
    for step in range(steps):
        W = gd_step(W, X, y, lr, l1=lam)
        losses.append(loss(W, X, y))
        weights.append(W)
    print("(d) lambda =", lam, "W =", W.ravel())
    show(f"(d) lambda = {lam}", losses, weights, f"lab1_d_{lam}.png")


# ------------------------------------------------------------------ (e)
def soft_threshold(W, threshold):
    return np.sign(W) * np.maximum(np.abs(W) - threshold, 0)


for t in [0.004, 0.01, 0.02, 0.04]:
    W = np.zeros((5, 1))
    losses, weights = [loss(W, X, y)], [W]
    for step in range(steps):
        W = soft_threshold(gd_step(W, X, y, lr), t)
        losses.append(loss(W, X, y))
        weights.append(W)
    print("(e) threshold =", t, "W =", W.ravel())
    show(f"(e) threshold = {t}", losses, weights, f"lab1_e_{t}.png")


# ------------------------------------------------------------------ (f)
def trimmed_l1_prox(W, threshold, k):
    small = np.abs(W).flatten().argsort()[: W.size - k]
    W = W.copy()
    W[small] = soft_threshold(W[small], threshold)
    return W


for lam in [1.0, 2.0, 5.0, 10.0]:
    W = np.zeros((5, 1))
    losses, weights = [loss(W, X, y)], [W]
    for step in range(steps):
        W = trimmed_l1_prox(gd_step(W, X, y, lr), lr * lam, 2)
        losses.append(loss(W, X, y))
        weights.append(W)
    print("(f) lambda =", lam, "W =", W.ravel())
    show(f"(f) lambda = {lam}", losses, weights, f"lab1_f_{lam}.png")
