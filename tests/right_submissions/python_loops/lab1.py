import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    n, d = X.shape
    new = np.zeros((d, 1))
    errors = []
    for i in range(n):
        prediction = 0.0
        for j in range(d):
            prediction += X[i, j] * W[j, 0]
        errors.append(prediction - y[i, 0])
    for j in range(d):
        g = 0.0
        for i in range(n):
            g += 2.0 * errors[i] * X[i, j]
        if W[j, 0] > 0:
            g += l1
        elif W[j, 0] < 0:
            g -= l1
        new[j, 0] = W[j, 0] - lr * g
    return new


def prune_topk(W, k):
    out = np.zeros(W.shape)
    left = list(range(W.shape[0]))
    for _ in range(k):
        best = left[0]
        for j in left:
            if abs(W[j, 0]) > abs(W[best, 0]):
                best = j
        out[best, 0] = W[best, 0]
        left.remove(best)
    return out


def soft_threshold(W, threshold):
    out = np.zeros(W.shape)
    for index, w in np.ndenumerate(W):
        if w > threshold:
            out[index] = w - threshold
        elif w < -threshold:
            out[index] = w + threshold
    return out


def trimmed_l1_prox(W, threshold, k):
    d = W.shape[0]
    out = np.zeros(W.shape)
    for j in range(d):
        # how many are larger than this one (earlier ones win a tie)
        rank = 0
        for other in range(d):
            if abs(W[other, 0]) > abs(W[j, 0]):
                rank += 1
            elif abs(W[other, 0]) == abs(W[j, 0]) and other < j:
                rank += 1
        if rank < k:
            out[j, 0] = W[j, 0]
        elif W[j, 0] > threshold:
            out[j, 0] = W[j, 0] - threshold
        elif W[j, 0] < -threshold:
            out[j, 0] = W[j, 0] + threshold
    return out
