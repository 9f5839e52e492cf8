import warnings
import sys

import numpy as np

warnings.filterwarnings("ignore")


def gd_step(W, X, y, lr, l1=0.0):
    return W - lr * (2 * X.T @ (X @ W - y) + l1 * np.sign(W))


def prune_topk(W, k):
    out = np.zeros_like(W)
    keep = np.argsort(-np.abs(W), axis=0)[:k, 0]
    out[keep] = W[keep]
    return out


def soft_threshold(W, threshold):
    return np.sign(W) * np.maximum(np.abs(W) - threshold, 0)


def trimmed_l1_prox(W, threshold, k):
    out = soft_threshold(W, threshold)
    keep = np.argsort(-np.abs(W), axis=0)[:k, 0]
    out[keep] = W[keep]
    return out
from given.problem import load_assignment
from given.trajectories import list_runs, run_trajectory

problem = load_assignment().lab1
summary = []
for run in list_runs(problem):
    weights, losses = run_trajectory(run, problem, sys.modules[__name__])
    summary.append((run.item, run.label, losses[-1], int(np.count_nonzero(np.abs(weights[-1]) > 1e-6))))
for item, label, loss, nonzeros in summary:
    print(f"{item}  {label:35s}  final L = {loss:.5g}  nonzeros = {nonzeros}")
