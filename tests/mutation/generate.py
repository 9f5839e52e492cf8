"""Mutants of the reference: each has one operator, constant, comparison, index or statement changed.

The generator changes one node of the syntax tree at a time and gives the module back as text. It
knows nothing of the functions; a mutant is named by the statement before and after the change.
"""

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bank.paths import FUNCTIONS, LAB1_FUNCTIONS, REFERENCE

ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult)
BITWISE = (ast.BitOr, ast.BitAnd, ast.BitXor)
COMPARISONS = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Is, ast.IsNot)
# Names that are mistaken for each other.
SIBLINGS = (
    ("maximum", "minimum"),
    ("min", "max", "mean"),
    ("zeros_like", "ones_like"),
    ("round", "floor", "ceil", "trunc"),
    ("sign", "abs", "square"),
    ("sum", "max", "min", "len"),
    ("modules", "children"),
    ("numel", "dim"),
    ("flat", "T"),
    ("argsort", "sort", "argmax"),
    ("FP_Conv", "FP_Linear"),
    ("clone", "abs"),
)
WORDS = {"stable": ("quicksort", "heapsort", "mergesort", "no such word")}


DELETED, MOVED = "(deleted)", "(moved behind the next statement)"
_LABELS = {"deleted": DELETED, "moved": MOVED}


@dataclass(frozen=True)
class Mutant:
    """The reference with one change.

    Attributes:
        function: The function of the assignment that is changed.
        kind: What kind of change it is.
        before: The statement that is changed, as the generator prints it.
        after: The statement after the change.
        lab1: The text of ``lab1.py``.
        layers: The text of ``FP_layers.py``.
    """

    function: str
    kind: str
    before: str
    after: str
    lab1: str
    layers: str

    def __str__(self) -> str:
        """Return the name for tables and ids."""
        return f"{self.function}: {self.before}  ->  {self.after}"

    @property
    def key(self) -> tuple[str, str, str]:
        """What names the mutant in the list of equivalent ones."""
        return self.function, self.before, self.after


@dataclass
class _Site:
    """A place in the tree: a field of a node, or an entry of a list there."""

    parent: Any
    name: str
    index: int | None
    statement: ast.stmt
    context: str

    def get(self) -> Any:
        value = getattr(self.parent, self.name)
        return value if self.index is None else value[self.index]

    def put(self, value: Any) -> None:
        if self.index is None:
            setattr(self.parent, self.name, value)
        else:
            getattr(self.parent, self.name)[self.index] = value


def list_mutants(function: str, folder: Path = REFERENCE) -> list[Mutant]:
    """List the mutants of a function of the reference, each once.

    Args:
        function: One of the six.
        folder: Where ``lab1.py`` and ``FP_layers.py`` are.

    Examples:
        >>> mutants = {mutant.after: mutant.kind for mutant in list_mutants("soft_threshold")}
        >>> mutants["return np.sign(W) * np.minimum(np.abs(W) - threshold, 0.0)"]
        'sibling'
    """
    texts = {name: (folder / f"{name}.py").read_text(encoding="utf-8") for name in ("lab1", "FP_layers")}
    module = "lab1" if function in LAB1_FUNCTIONS else "FP_layers"
    tree = ast.parse(texts[module])
    nodes = [*_find(tree, function)]
    names = _local_names(nodes[0])
    mutants: dict[str, Mutant] = {}
    unchanged = ast.unparse(tree)
    for root in nodes:
        for site, kind, replacement in [*_change_expressions(root, names), *_change_statements(root)]:
            original = site.get()
            before = site.context + _show(site.statement)
            site.put(replacement)
            shown = replacement if original is site.statement else site.statement
            after = _LABELS.get(kind) or site.context + _show(shown)
            text = ast.unparse(ast.fix_missing_locations(tree))
            site.put(original)
            if text != unchanged:
                changed = texts | {module: text + "\n"}
                mutants.setdefault(
                    text, Mutant(function, kind, before, after, changed["lab1"], changed["FP_layers"])
                )
    return list(mutants.values())


def list_all_mutants() -> list[Mutant]:
    """List the mutants of all six functions."""
    return [mutant for function in FUNCTIONS for mutant in list_mutants(function)]


def _find(tree: ast.Module, function: str) -> Iterator[Any]:
    """Find a function (for a class, its ``forward``) and the constants of the module that it uses."""
    node = next(n for n in tree.body if getattr(n, "name", None) == function)
    if isinstance(node, ast.ClassDef):
        node = next(n for n in node.body if getattr(n, "name", None) == "forward")
    yield node
    used = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
    for statement in tree.body:
        is_constant = isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant)
        if is_constant and {t.id for t in statement.targets if isinstance(t, ast.Name)} & used:
            yield statement


def _local_names(node: ast.FunctionDef) -> list[str]:
    arguments = [argument.arg for argument in node.args.args]
    stored = [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    return list(dict.fromkeys(arguments + stored))


def _show(statement: Any) -> str:
    """Print a statement in one line; of a compound one its head."""
    if isinstance(statement, ast.If):
        return f"if {ast.unparse(statement.test)}:"
    if isinstance(statement, ast.FunctionDef):
        return f"def {statement.name}({ast.unparse(statement.args)})"
    return ast.unparse(ast.fix_missing_locations(copy.deepcopy(statement)))


def _walk(node: ast.AST, statement: ast.stmt, context: str = "") -> Iterator[_Site]:
    """List the places below a node that hold code, without docstrings and annotations."""
    inside = f"{_show(node)} " if isinstance(node, ast.If) else context
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list", "ctx", "type_params"}:
            continue
        for index, child in enumerate(value) if isinstance(value, list) else ((None, value),):
            if not isinstance(child, ast.AST) or _is_docstring(child):
                continue
            owner, around = (child, inside) if isinstance(child, ast.stmt) else (statement, context)
            yield _Site(node, name, index, owner, around)
            yield from _walk(child, owner, around)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _change_statements(root: ast.stmt) -> Iterator[tuple[_Site, str, Any]]:
    for site in [*_walk(root, root)]:
        node = site.get()
        if not isinstance(node, ast.stmt):
            continue
        yield site, "deleted", ast.Pass()
        if isinstance(node, ast.Return):
            yield site, "returns nothing", ast.Return(value=None)
        elif site.index is not None and site.index + 1 < len(getattr(site.parent, site.name)):
            following = getattr(site.parent, site.name)[site.index + 1]
            if not isinstance(node, ast.If):
                both = ast.If(test=ast.Constant(value=True), body=[following, node], orelse=[])
                yield site, "moved", both


def _change_expressions(root: ast.stmt, names: list[str]) -> Iterator[tuple[_Site, str, Any]]:
    for site in [*_walk(root, root)]:
        node = site.get()
        for kind, change in _CHANGES:
            for replacement in change(node, names):
                yield site, kind, replacement


def _change_operator(node: Any, _names: list[str]) -> Iterator[ast.AST]:
    if isinstance(node, ast.BinOp):
        family = BITWISE if isinstance(node.op, BITWISE) else ARITHMETIC
        for operator in family:
            if not isinstance(node.op, operator):
                yield ast.BinOp(left=node.left, op=operator(), right=node.right)
    elif isinstance(node, ast.UnaryOp):
        yield node.operand


def _drop_operand(node: Any, _names: list[str]) -> Iterator[ast.AST]:
    if isinstance(node, ast.BinOp):
        yield node.left
        yield node.right
        yield ast.BinOp(left=node.right, op=node.op, right=node.left)


def _change_comparison(node: Any, _names: list[str]) -> Iterator[ast.AST]:
    if isinstance(node, ast.Compare):
        for operator in COMPARISONS:
            if not isinstance(node.ops[0], operator):
                yield ast.Compare(left=node.left, ops=[operator()], comparators=node.comparators)


def _change_condition(node: Any, _names: list[str]) -> Iterator[ast.AST]:
    test = getattr(node, "test", None)
    if isinstance(node, ast.IfExp):
        yield node.body
        yield node.orelse
        yield ast.IfExp(test=test, body=node.orelse, orelse=node.body)
    if isinstance(node, ast.Compare) or (isinstance(node, ast.Call) and _name_of(node.func) == "isinstance"):
        yield ast.UnaryOp(op=ast.Not(), operand=node)
        yield ast.Constant(value=True)
        yield ast.Constant(value=False)


def _change_constant(node: Any, _names: list[str]) -> Iterator[ast.AST]:
    if not isinstance(node, ast.Constant):
        return
    value = node.value
    if value is None:
        yield from (ast.Constant(value=0), ast.Constant(value=False))
    elif isinstance(value, bool):
        yield ast.Constant(value=not value)
    elif isinstance(value, int | float):
        kind = type(value)
        for other in (value + 1, value - 1, -value, kind(0), kind(1), 2 * value, value / 2, value * 1.01):
            if (other, type(other)) != (value, kind):
                yield ast.Constant(value=other)
        if value == 0:
            yield from (ast.Constant(value=0.01), ast.Constant(value=None))
    elif isinstance(value, str):
        for word in WORDS.get(value, ("no such word",)):
            yield ast.Constant(value=word)


def _change_index(node: Any, _names: list[str]) -> Iterator[ast.AST]:
    if not isinstance(node, ast.Subscript):
        return
    part = node.slice
    if isinstance(part, ast.Slice):
        lower, upper = part.lower, part.upper
        shifted = [_add(upper, 1), _add(upper, -1)] if upper else []
        slices = [
            ast.Slice(lower=upper, upper=lower, step=None),
            ast.Slice(lower=lower, upper=None, step=None),
            *(ast.Slice(lower=lower, upper=end, step=None) for end in shifted),
            ast.Slice(lower=ast.Constant(value=1), upper=upper, step=None),
            ast.Slice(lower=lower, upper=upper, step=ast.Constant(value=-1)),
            ast.Slice(lower=lower, upper=upper, step=ast.Constant(value=2)),
        ]
        if upper:
            negative = ast.UnaryOp(op=ast.USub(), operand=upper)
            slices += [
                ast.Slice(lower=negative, upper=None, step=None),
                ast.Slice(lower=None, upper=negative, step=None),
            ]
    else:
        slices = [
            _add(part, 1),
            _add(part, -1),
            ast.Slice(lower=None, upper=None, step=None),
            ast.Constant(0),
        ]
    for other in slices:
        yield ast.Subscript(value=node.value, slice=other, ctx=node.ctx)
    if isinstance(node.ctx, ast.Load):
        yield node.value


def _change_call(node: Any, _names: list[str]) -> Iterator[ast.AST]:
    if not isinstance(node, ast.Call):
        return
    arguments, keywords = node.args, node.keywords
    for index in range(len(arguments)):
        if not isinstance(arguments[index], ast.GeneratorExp):
            yield arguments[index]
        yield ast.Call(func=node.func, args=arguments[:index] + arguments[index + 1 :], keywords=keywords)
        for second in range(index + 1, len(arguments)):
            swapped = list(arguments)
            swapped[index], swapped[second] = swapped[second], swapped[index]
            yield ast.Call(func=node.func, args=swapped, keywords=keywords)
    for index in range(len(keywords)):
        yield ast.Call(func=node.func, args=arguments, keywords=keywords[:index] + keywords[index + 1 :])
    if isinstance(node.func, ast.Attribute) and not arguments:
        yield node.func.value  # w.min() becomes w


def _change_sibling(node: Any, _names: list[str]) -> Iterator[ast.AST]:
    name = _name_of(node)
    for family in SIBLINGS:
        if name in family:
            for other in family:
                if other != name and isinstance(node, ast.Attribute):
                    yield ast.Attribute(value=node.value, attr=other, ctx=node.ctx)
                elif other != name:
                    yield ast.Name(id=other, ctx=node.ctx)
    if isinstance(node, ast.Attribute) and name == "T":
        yield node.value


def _change_name(node: Any, names: list[str]) -> Iterator[ast.AST]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
        for other in names:
            if other != node.id:
                yield ast.Name(id=other, ctx=ast.Load())


def _change_value(node: Any, names: list[str]) -> Iterator[ast.AST]:
    """Change the value of an expression: its sign, an offset, a factor."""
    if isinstance(node, ast.BinOp | ast.Call) or (
        isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names
    ):
        yield ast.UnaryOp(op=ast.USub(), operand=node)
        yield _add(node, 1)
        yield ast.BinOp(left=ast.Constant(value=2), op=ast.Mult(), right=node)


def _change_comprehension(node: Any, _names: list[str]) -> Iterator[ast.AST]:
    if isinstance(node, ast.comprehension) and node.ifs:
        yield ast.comprehension(target=node.target, iter=node.iter, ifs=[], is_async=0)


def _change_boolean(node: Any, _names: list[str]) -> Iterator[ast.AST]:
    if isinstance(node, ast.BoolOp):
        other = ast.And if isinstance(node.op, ast.Or) else ast.Or
        yield ast.BoolOp(op=other(), values=node.values)
        yield from node.values


def _name_of(node: Any) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _add(node: Any, value: int) -> ast.BinOp:
    operator = ast.Add() if value > 0 else ast.Sub()
    return ast.BinOp(left=node, op=operator, right=ast.Constant(value=abs(value)))


_CHANGES: tuple[tuple[str, Callable[[Any, list[str]], Iterator[ast.AST]]], ...] = (
    ("operator", _change_operator),
    ("operand dropped or swapped", _drop_operand),
    ("comparison", _change_comparison),
    ("condition", _change_condition),
    ("boolean", _change_boolean),
    ("constant", _change_constant),
    ("index", _change_index),
    ("call", _change_call),
    ("sibling", _change_sibling),
    ("name", _change_name),
    ("value", _change_value),
    ("filter", _change_comprehension),
)
