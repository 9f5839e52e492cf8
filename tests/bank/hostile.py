"""The hostile submissions: what each attempts, what it must not earn, and whole submissions made of them.

Nothing here runs them.
"""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.bank.canaries import Canaries, plant
from tests.bank.paths import CODE_ITEMS, FUNCTIONS, HOSTILE, ITEMS, LAB1_FUNCTIONS, RIGHT

_BASE = RIGHT / "python_loops"

CLASSES = ("never_returns", "exits", "exhausts", "escapes", "forges", "lies", "detects")

# Of every kind, one of the words must stand in the result. "wrong" asks for none: the answer is wrong.
WORDS = {
    "hang": ("did not end within", "did not return within", "stopped after", "processor time"),
    "exit": ("ended its process", "exited", "SystemExit", "KeyboardInterrupt"),
    "memory": ("memory",),
    "output": ("printed more than",),
    "reply": ("was refused", "cannot be sent", "too large"),
    "raised": ("raised",),
    "missing": ("is not defined", "missing"),
    "wrong": (),
}


@dataclass(frozen=True)
class HostileSubmission:
    """An attack through the functions of the assignment.

    Attributes:
        kind: Its class, one of `CLASSES`.
        name: Its name within the class.
        attempts: What it attempts, in one sentence.
        functions: The functions it attacks through, without ``import``.
        on_import: Whether it attacks when it is loaded.
        unearned: Rubric items that must get no automatic point.
        partly: Items that must get fewer automatic points than there are.
        earned: Code items that must be earned in full all the same.
        says: Words of which one must stand in the result; empty where none need to.
        needs_gpu: Whether it needs an accelerator.
        source: The attack, with tokens for `plant`.
    """

    kind: str
    name: str
    attempts: str
    functions: tuple[str, ...]
    on_import: bool
    unearned: frozenset[str]
    partly: frozenset[str]
    earned: frozenset[str]
    says: tuple[str, ...]
    needs_gpu: bool
    source: str

    def __str__(self) -> str:
        """Return the name for the ids of tests."""
        return f"{self.kind}.{self.name}"

    @property
    def module(self) -> str:
        """The file of the handout that the attack takes the place of."""
        return "lab1" if self.on_import or self.functions[0] in LAB1_FUNCTIONS else "FP_layers"


def _read(path: Path) -> HostileSubmission:
    source = path.read_text(encoding="utf-8")
    attempts, *lines = (ast.get_docstring(ast.parse(source)) or "").splitlines()
    fields = dict(line.split(": ", 1) for line in lines if line)
    unknown = set(fields) - {"functions", "unearned", "partly", "rest", "says", "needs"}
    if unknown:
        raise ValueError(f"{path}: found the fields {sorted(unknown)}, which mean nothing")
    names = fields["functions"].split()
    functions = tuple(name for name in names if name != "import")
    depending = frozenset().union(*(ITEMS[name] for name in functions))
    unearned = _items(fields["unearned"]) if "unearned" in fields else depending
    partly = _items(fields.get("partly", "none"))
    on_import = "import" in names
    if not on_import and not set(LAB1_FUNCTIONS) <= set(functions) and "lab1.g" in unearned:
        # lab1.g has a part per method: the methods of the other functions are right.
        unearned, partly = unearned - {"lab1.g"}, partly | {"lab1.g"}
    rest = fields.get("rest", "open" if on_import else "earned")
    kinds = fields.get("says", "wrong").split()
    return HostileSubmission(
        kind=path.parent.name,
        name=path.stem,
        attempts=attempts,
        functions=functions,
        on_import=on_import,
        unearned=unearned,
        partly=partly,
        earned=_rest(depending | unearned | partly, functions, unearned) if rest == "earned" else frozenset(),
        says=() if "wrong" in kinds else tuple(word for kind in kinds for word in WORDS[kind]),
        needs_gpu=fields.get("needs") == "gpu",
        source=source,
    )


def _items(words: str) -> frozenset[str]:
    if words == "none":
        return frozenset()
    if words == "lab1":
        return frozenset(item for item in CODE_ITEMS if item.startswith("lab1"))
    items = frozenset(words.split())
    if not items <= CODE_ITEMS:
        raise ValueError(f"found the items {sorted(items - CODE_ITEMS)}, which no function earns")
    return items


def _rest(touched: frozenset[str], functions: tuple[str, ...], unearned: frozenset[str]) -> frozenset[str]:
    # For the same reason lab1.g is not earned in full beside a wrong function of Lab 1.
    harmed = {"lab1.g"} if any(name in LAB1_FUNCTIONS for name in functions) or unearned else set()
    return CODE_ITEMS - touched - harmed


@cache
def list_hostile_submissions() -> tuple[HostileSubmission, ...]:
    """Read every attack from ``tests/hostile_submissions``.

    Examples:
        >>> attacks = {str(attack): attack for attack in list_hostile_submissions()}
        >>> attack = attacks["never_returns.call_loop"]
        >>> attack.attempts, sorted(attack.unearned), sorted(attack.partly)
        ('Loop for ever in a call.', ['lab1.b', 'lab1.d'], ['lab1.g'])
        >>> sorted(attack.earned)
        ['lab1.c', 'lab1.e', 'lab1.f', 'lab2.a', 'lab2.e']
    """
    return tuple(_read(path) for kind in CLASSES for path in sorted((HOSTILE / kind).glob("*.py")))


def _without(source: str, names: tuple[str, ...]) -> str:
    lines = source.splitlines()
    for node in reversed(ast.parse(source).body):
        if getattr(node, "name", None) in names:
            del lines[node.lineno - 1 : node.end_lineno]
    return "\n".join(lines) + "\n"


def write_hostile(attack: HostileSubmission, folder: Path, canaries: Canaries | None = None) -> Path:
    """Write a submission that attacks; what it does not attack through is right.

    Args:
        attack: The attack.
        folder: A folder that exists, for ``lab1.py`` and ``FP_layers.py``; no answers are given.
        canaries: What the tokens stand for; by default things that do not exist.

    Returns:
        The folder.
    """
    hostile = plant(attack.source, canaries or Canaries())
    for module in ("lab1", "FP_layers"):
        source = (_BASE / f"{module}.py").read_text(encoding="utf-8")
        if module == attack.module:
            defined = tuple(name for name in FUNCTIONS if name in attack.functions)
            source = f"{hostile}\n\n{_without(source, defined)}"
        (folder / f"{module}.py").write_text(source, encoding="utf-8")
    return folder
