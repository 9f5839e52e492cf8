"""Right submissions composed at random from building blocks: algebraically equal rewrites.

Every block is right wherever it stands, so every composition is. One number gives one submission.
"""

import random
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import Any

from grader.grade import load_handout
from grader.submission import Assembly
from grader.submission.assembly import Unit
from grader.submission.functions import EXPECTED_MODULES, GIVEN_LAYERS
from grader.submission.handout import given_layers
from tests.false_alarms import blocks_lab1, blocks_lab2

_LAB1_HEAD = "import heapq\nimport math\n\nimport numpy as np\nimport torch\n"
_LAYERS_HEAD = (
    "import math\nfrom fractions import Fraction\n\nimport numpy as np\n"
    "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n"
)


@dataclass
class Rewrite:
    """A composed submission.

    Attributes:
        number: What it was composed from.
        choices: The block chosen from each list, by function and list.
    """

    number: int
    choices: dict[str, str] = field(default_factory=dict)
    lab1: str = ""
    layers: str = ""

    def __str__(self) -> str:
        """Return the name for tables and ids."""
        return f"rewrite {self.number}"

    @property
    def assembly(self) -> Assembly:
        """What a worker runs."""
        layers = f"{self.layers}\n\n{given_layers(load_handout()['FP_layers'], list(GIVEN_LAYERS))}"
        units = (Unit("lab1.py", "lab1", (self.lab1,)), Unit("FP_layers.py", "FP_layers", (layers,)))
        return Assembly(units, dict(EXPECTED_MODULES), (), {}, {}, None, {})


class _Chooser:
    """Chooses blocks and remembers which."""

    def __init__(self, number: int, blocks: ModuleType, choices: dict[str, str]) -> None:
        self._random = random.Random(f"{blocks.__name__} {number}")
        self._blocks, self._choices = blocks, choices

    def __call__(self, function: str, name: str) -> str:
        options: dict[str, str] = getattr(self._blocks, name)
        key = self._random.choice(list(options))
        self._choices[f"{function} {name}"] = key
        return options[key]

    def toss(self, share: float) -> bool:
        return self._random.random() < share


def _define(head: str, *lines: str) -> str:
    return "\n    ".join((head, *(line for line in lines if line)))


def _join(*parts: str) -> str:
    return "\n\n\n".join(parts) + "\n"


def _compose_lab1(choose: Any) -> str:
    gradient = _define(
        "def gd_step(W, X, y, lr, l1=0.0):",
        *(choose("gd_step", name) for name in ("CASTS", "RESIDUALS", "GRADIENTS", "PENALTIES", "UPDATES")),
        _give_back(choose("gd_step", "RETURNS")),
    )
    pruning = _define(
        "def prune_topk(W, k):",
        *(choose("prune_topk", name) for name in ("CASTS_OF_W", "SELECTIONS", "PRUNINGS")),
        _give_back(choose("prune_topk", "RETURNS")),
    )
    shrinking = _define(
        "def soft_threshold(W, t):",
        choose("soft_threshold", "CASTS_OF_W"),
        f"V = {choose('soft_threshold', 'SHRINKAGES')}",
        _give_back(choose("soft_threshold", "RETURNS")),
    )
    trimming = _define(
        "def trimmed_l1_prox(W, t, k):",
        choose("trimmed_l1_prox", "CASTS_OF_W"),
        choose("trimmed_l1_prox", "SELECTIONS"),
        choose("trimmed_l1_prox", "TRIMMINGS").format(shrink=choose("trimmed_l1_prox", "SHRINKAGES")),
        _give_back(choose("trimmed_l1_prox", "RETURNS")),
    )
    return _join(_LAB1_HEAD, gradient, pruning, shrinking, trimming)


def _give_back(returns: str) -> str:
    """Return in a type that travels: an answer in extended precision comes back as float64."""
    return f"V = V.astype(np.float64) if V.dtype == np.longdouble else V\n    {returns}"


def _compose_layers(choose: Any) -> str:
    if choose.toss(0.25):
        middle = [choose("STE", "LOOKUPS")]
    else:
        middle = [choose("STE", name) for name in ("POSITIONS", "ROUNDINGS", "VALUES")]
    body = [
        choose("STE", "CASTS"),
        choose("STE", "ENDS"),
        "alpha = hi - lo",
        choose("STE", "CONSTANTS"),
        choose("STE", "STEPS"),
        *middle,
        "return q.to(w.dtype).reshape(w.shape)",
    ]
    quantizer = "\n        ".join(
        (
            "class STE(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, w, bit):",
            f"if bit is None: {choose('STE', 'FLOATS')}",
            f"if bit == 0: {choose('STE', 'ZEROS')}",
            *body,
        )
    )
    backward = f"    @staticmethod\n    def backward(ctx, g):\n        {choose('STE', 'BACKWARDS')}"
    average = _define(
        "def avg_precision(net):",
        *(choose("avg_precision", name) for name in ("COLLECTIONS", "BITS", "SIZES", "MEANS", "RESULTS")),
    )
    return _join(_LAYERS_HEAD, f"{quantizer}\n\n{backward}", average)


@cache
def compose(number: int) -> Rewrite:
    """Compose a right submission.

    Args:
        number: The same number gives the same submission.

    Examples:
        >>> compose(3).choices == compose(3).choices
        True
        >>> compose(3).lab1 == compose(4).lab1
        False
    """
    rewrite = Rewrite(number)
    rewrite.lab1 = _compose_lab1(_Chooser(number, blocks_lab1, rewrite.choices))
    rewrite.layers = _compose_layers(_Chooser(number, blocks_lab2, rewrite.choices))
    return rewrite
