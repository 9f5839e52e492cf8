"""Where the banks lie, and the six functions a submission provides."""

from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
REPOSITORY = TESTS.parent
HANDOUT = REPOSITORY / "student"
REFERENCE = REPOSITORY / "reference"
RIGHT = TESTS / "right_submissions"
WRONG = TESTS / "wrong_submissions"
HOSTILE = TESTS / "hostile_submissions"
SAMPLE = TESTS / "sample_submission"

LAB1_FUNCTIONS = ("gd_step", "prune_topk", "soft_threshold", "trimmed_l1_prox")
LAYER_FUNCTIONS = ("STE", "avg_precision")
FUNCTIONS = LAB1_FUNCTIONS + LAYER_FUNCTIONS

# The rubric items that depend on a function; lab1.g has one part per method.
ITEMS = {
    "gd_step": frozenset({"lab1.b", "lab1.d", "lab1.g"}),
    "prune_topk": frozenset({"lab1.c", "lab1.g"}),
    "soft_threshold": frozenset({"lab1.e", "lab1.g"}),
    "trimmed_l1_prox": frozenset({"lab1.f", "lab1.g"}),
    "STE": frozenset({"lab2.a"}),
    "avg_precision": frozenset({"lab2.e"}),
}
CODE_ITEMS = frozenset().union(*ITEMS.values())
