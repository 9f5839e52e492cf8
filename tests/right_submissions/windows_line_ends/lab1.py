# -*- coding: utf-8 -*-
# Übung 4: Régularisation parcimonieuse (µ = 0.02)
import numpy as np

def gd_step(W, X, y, lr, l1=0.0):
	fehler = X @ W - y
	μ = lr
	return W - μ*(2*X.T @ fehler + l1*np.sign(W))

def prune_topk(W, k):
	W = W.copy()
	idx = np.argsort(np.abs(W), axis=None)
	W.flat[idx[:W.size-k]] = 0
	return W

def soft_threshold(W, threshold):
	return (W > threshold)*(W - threshold) + (W < -threshold)*(W + threshold)

def trimmed_l1_prox(W, threshold, k):
	idx = np.argsort(np.abs(W), axis=None)
	V = soft_threshold(W, threshold)
	V.flat[idx[W.size-k:]] = W.flat[idx[W.size-k:]]
	return V
