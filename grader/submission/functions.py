"""The six functions of the assignment and the file where the handout has each."""

from __future__ import annotations

from typing import Final

EXPECTED_MODULES: Final = {
    "gd_step": "lab1",
    "prune_topk": "lab1",
    "soft_threshold": "lab1",
    "trimmed_l1_prox": "lab1",
    "STE": "FP_layers",
    "avg_precision": "FP_layers",
}
FUNCTIONS: Final = tuple(EXPECTED_MODULES)
MODULES: Final = ("lab1", "FP_layers")
GIVEN_LAYERS: Final = ("FP_Conv", "FP_Linear")
