import numpy as np

# L = (XW - y)'(XW - y), so dL/dW = 2 X'X W - 2 X'y


def gd_step(W, X, y, lr, l1=0.0):
    XtX = X.T @ X
    Xty = X.T @ y
    step = np.eye(X.shape[1]) - 2 * lr * XtX
    return step @ W + 2 * lr * Xty - lr * l1 * np.sign(W)


def prune_topk(W, k):
    d = W.size
    threshold_index = np.lexsort((np.arange(d), -np.abs(W[:, 0])))
    P = np.zeros((d, d))
    for i in threshold_index[:k]:
        P[i, i] = 1
    return P @ W


def soft_threshold(W, threshold):
    return W - np.clip(W, -threshold, threshold)


def trimmed_l1_prox(W, threshold, k):
    d = W.size
    order = np.lexsort((np.arange(d), -np.abs(W[:, 0])))
    t = np.full((d, 1), float(threshold))
    t[order[:k]] = 0
    return W - np.clip(W, -t, t)
