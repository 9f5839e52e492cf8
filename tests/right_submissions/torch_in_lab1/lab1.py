# I am used to torch, so everything is computed there and converted back at the end.
import numpy as np
import torch


def gd_step(W, X, y, lr, l1=0.0):
    Wt, Xt, yt = torch.from_numpy(W), torch.from_numpy(X), torch.from_numpy(y)
    grad = 2 * Xt.t() @ (Xt @ Wt - yt) + l1 * torch.sign(Wt)
    return (Wt - lr * grad).numpy()


def prune_topk(W, k):
    Wt = torch.tensor(W)
    _, idx = torch.topk(Wt.abs().flatten(), k)
    mask = torch.zeros(Wt.numel(), dtype=Wt.dtype)
    mask[idx] = 1
    return (Wt * mask.view_as(Wt)).numpy()


def soft_threshold(W, threshold):
    return torch.nn.functional.softshrink(torch.tensor(W), lambd=float(threshold)).numpy()


def trimmed_l1_prox(W, threshold, k):
    Wt = torch.tensor(W)
    shrunk = torch.tensor(soft_threshold(W, threshold))
    _, idx = torch.topk(Wt.abs().flatten(), k)
    shrunk.view(-1)[idx] = Wt.view(-1)[idx]
    return shrunk.numpy()
