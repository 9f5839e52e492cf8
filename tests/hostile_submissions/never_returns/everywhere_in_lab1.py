"""Loop for ever in all four functions of Lab 1.

functions: gd_step prune_topk soft_threshold trimmed_l1_prox
says: hang
"""

def gd_step(W, X, y, lr, l1=0.0):
    while True:
        pass


def prune_topk(W, k):
    while True:
        pass


def soft_threshold(W, threshold):
    while True:
        pass


def trimmed_l1_prox(W, threshold, k):
    while True:
        pass
