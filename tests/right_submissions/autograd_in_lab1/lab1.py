import numpy as np
import torch

torch.manual_seed(0)


def gd_step(W, X, y, lr, l1=0.0):
    """Let autograd find the gradient of the sum of squares (+ the l1 norm)."""
    w = torch.tensor(W, dtype=torch.float64, requires_grad=True)
    x = torch.tensor(X, dtype=torch.float64)
    t = torch.tensor(y, dtype=torch.float64)
    objective = ((x @ w - t) ** 2).sum() + l1 * w.abs().sum()
    objective.backward()
    with torch.no_grad():
        w -= lr * w.grad
    return w.detach().numpy()


def prune_topk(W, k):
    magnitude = np.abs(W).flatten()
    keep = magnitude.argsort()[::-1][:k]
    mask = np.zeros_like(magnitude)
    mask[keep] = 1.0
    return W * mask.reshape(W.shape)


def soft_threshold(W, threshold):
    relu = torch.relu
    w = torch.as_tensor(np.array(W))
    return (relu(w - threshold) - relu(-w - threshold)).numpy()


def trimmed_l1_prox(W, threshold, k):
    kept = prune_topk(W, k)
    rest = W - kept
    return kept + soft_threshold(rest, threshold)
