"""The known mistakes: what each must cost, and whole submissions made of them.

The code lies in ``tests/wrong_submissions``, one file per function of the assignment; there a
function or class bears the name of its mistake.
"""

import ast
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.bank.paths import FUNCTIONS, ITEMS, LAB1_FUNCTIONS, RIGHT, WRONG

# The rest of every wrong submission. No function of it calls another, so that one mistake stays one.
_BASE = RIGHT / "python_loops"
_ANSWERS = RIGHT / "vectorized_numpy" / "answers.toml"

# Mistakes in the penalty of gd_step: plain gradient descent is right.
_PENALTY_ONLY = ("l1_", "l2_for_l1")

# Mistakes that the two-point runs of lab1.g do not show: the arguments that matter are what they
# should be there, or only the caller's array is harmed. Whether they cost points of lab1.g is open.
_UNSEEN_ON_TWO_POINTS = {
    "gd_step": {"fixed_learning_rate", "in_place"},
    "prune_topk": {"fixed_two", "fixed_five", "in_place"},
    "soft_threshold": {"ignores_threshold", "in_place", "not_clipped_at_zero", "small_entries_unchanged"},
    "trimmed_l1_prox": {"fixed_two", "fixed_three_penalized", "in_place"},
}

# Mistakes that one of the function's items must show and the others may.
_SEEN_IN_ONE_ITEM = {("gd_step", "in_place"): "lab1.b"}


@dataclass(frozen=True)
class Mistake:
    """One mistake in one function.

    Attributes:
        function: The function of the assignment that is wrong.
        name: The mistake.
        says: What is wrong, in one sentence.
        source: The wrong function or class, under the name of the mistake.
        items: The rubric items that must lose automatic points.
        may_lose: Further items that may lose some; no other item may.
    """

    function: str
    name: str
    says: str
    source: str
    items: frozenset[str]
    may_lose: frozenset[str]

    def __str__(self) -> str:
        """Return the name for the ids of tests."""
        return f"{self.function}.{self.name}"

    @property
    def module(self) -> str:
        """The module of the handout that the function belongs to."""
        return "lab1" if self.function in LAB1_FUNCTIONS else "FP_layers"


def _items(function: str, name: str) -> tuple[frozenset[str], frozenset[str]]:
    items = ITEMS[function]
    if function == "gd_step" and name.startswith(_PENALTY_ONLY):
        items -= {"lab1.b"}
    if (function, name) in _SEEN_IN_ONE_ITEM:
        must = frozenset({_SEEN_IN_ONE_ITEM[function, name]})
        return must, items - must
    if name in _UNSEEN_ON_TWO_POINTS.get(function, ()):
        return items - {"lab1.g"}, frozenset({"lab1.g"})
    return items, frozenset()


@cache
def list_mistakes() -> tuple[Mistake, ...]:
    """Read every mistake from ``tests/wrong_submissions``.

    Examples:
        >>> mistakes = {str(mistake): mistake for mistake in list_mistakes()}
        >>> mistakes["prune_topk.one_too_many"].says
        'Keep k + 1.'
        >>> sorted(mistakes["gd_step.l1_doubled"].items)
        ['lab1.d', 'lab1.g']
    """
    mistakes = []
    for function in FUNCTIONS:
        source = (WRONG / f"{function}.py").read_text(encoding="utf-8")
        for node in ast.parse(source).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                must, may = _items(function, node.name)
                says = (ast.get_docstring(node) or "").splitlines()[0]
                code = ast.get_source_segment(source, node) or ""
                mistakes.append(Mistake(function, node.name, says, code, must, may))
    return tuple(mistakes)


def replace_function(source: str, function: str, replacement: str) -> str:
    r"""Replace a function in a module's source; for ``STE``, a function replaces its ``forward``.

    Args:
        source: The module.
        function: One of the six names.
        replacement: The function or class, under any name.

    Returns:
        The module with the replacement under the proper name.

    Examples:
        >>> print(replace_function("def f():\n    return 1\n", "f", "def wrong():\n    return 2"))
        def f():
            return 2
    """
    new = ast.parse(replacement).body[0]
    target = next(node for node in ast.parse(source).body if getattr(node, "name", None) == function)
    renamed = replacement.replace(new.name, function)
    if isinstance(target, ast.ClassDef) and isinstance(new, ast.FunctionDef):
        target = next(node for node in target.body if getattr(node, "name", None) == "forward")
        lines = replacement.replace(new.name, "forward", 1).splitlines()
        renamed = "\n".join(f"    {line}" if line else "" for line in lines)
    lines = source.splitlines()
    return "\n".join([*lines[: target.lineno - 1], renamed, *lines[target.end_lineno :]])


def write_submission(mistake: Mistake, folder: Path) -> Path:
    """Write a submission that is right but for one mistake.

    Args:
        mistake: The mistake.
        folder: A folder that exists, for ``lab1.py``, ``FP_layers.py`` and ``answers.toml``.

    Returns:
        The folder.
    """
    for name in ("lab1.py", "FP_layers.py"):
        shutil.copy(_BASE / name, folder / name)
    shutil.copy(_ANSWERS, folder / "answers.toml")
    changed = folder / f"{mistake.module}.py"
    source = replace_function(changed.read_text(encoding="utf-8"), mistake.function, mistake.source)
    changed.write_text(source + "\n", encoding="utf-8")
    return folder
