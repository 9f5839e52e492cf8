"""Find the six names of the assignment in parsed code, and what stands in their place."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from grader.worker.survey_signatures import FUNCTIONS, describe_problem, find_function_by_name, is_stub

# The layers are given, but a submission may hold a copy of its own.
TRACKED = (*FUNCTIONS, "FP_Conv", "FP_Linear")
MAX_IMPORTS = 200
MAX_HINTS = 20
MAX_ALIASES = 10

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Binding:
    """A place where a name gets its value at the top level.

    Attributes:
        kind: ``"definition"``, ``"assignment"``, ``"import"``, ``"constant"`` or ``"deletion"``.
        cell: Index of the cell.
        node: The statement.
        value: What is assigned, where something is.
        origin: Module and name that it is imported from.
    """

    kind: str
    cell: int
    node: ast.stmt
    value: ast.expr | None = None
    origin: tuple[str, str] | None = None


@dataclass
class Names:
    """What the cells of a module bind at the top level, the last binding of a name counting."""

    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    imports: list[str] = field(default_factory=list)
    inner: dict[str, tuple[int, int]] = field(default_factory=dict)

    def read_cell(self, cell: int, tree: ast.Module) -> None:
        """Take in the next cell."""
        top = set()
        for statement in _top_statements(tree):
            top.add(statement)
            for name, binding in _bindings(cell, statement):
                self.bindings.setdefault(name, []).append(binding)
        for node in ast.walk(tree):
            if isinstance(node, Definition) and node.name in FUNCTIONS and node not in top:
                self.inner[node.name] = (cell, node.lineno)
            self._read_import(node)

    def _read_import(self, node: ast.AST) -> None:
        found: list[str] = []
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found = [node.module] if node.module else [alias.name for alias in node.names]
        elif isinstance(node, ast.Call) and _called_name(node) in ("import_module", "__import__"):
            found = [str(value.value) for value in node.args[:1] if isinstance(value, ast.Constant)]
        for name in found:
            root = name.partition(".")[0]
            if root not in self.imports and len(self.imports) < MAX_IMPORTS:
                self.imports.append(root)

    def resolve(self, name: str) -> tuple[Binding, Definition | ast.Lambda | None] | None:
        """Return where a name gets its last value and the definition behind it, through aliases."""
        bindings = self.bindings.get(name)
        if not bindings or bindings[-1].kind == "deletion":
            return None
        last = bindings[-1]
        for _ in range(MAX_ALIASES):
            if isinstance(last.node, Definition):
                return last, last.node
            if isinstance(last.value, ast.Lambda):
                return last, last.value
            if not isinstance(last.value, ast.Name) or last.value.id not in self.bindings:
                return last, None
            last = self.bindings[last.value.id][-1]
        return last, None

    def describe(self, name: str) -> dict[str, Any] | None:
        """Describe what stands for a name, as plain values; None when nothing does."""
        resolved = self.resolve(name)
        if resolved is None:
            return None
        binding, definition = resolved
        node: ast.stmt = binding.node
        decorators = getattr(node, "decorator_list", [])
        return {
            "kind": binding.kind,
            "cell": binding.cell,
            "line": min([node.lineno, *(decorator.lineno for decorator in decorators)]),
            "end_line": node.end_lineno or node.lineno,
            "stub": binding.kind == "constant" or (definition is not None and is_stub(name, definition)),
            "origin": list(binding.origin) if binding.origin else None,
            "problem": describe_problem(name, definition),
        }

    def imported_as(self, wanted: Iterable[str]) -> set[str]:
        """Return what names are called where they are imported from."""
        resolved = [self.resolve(name) for name in wanted]
        return {found[0].origin[1] for found in resolved if found is not None and found[0].origin is not None}

    def hints(self) -> list[dict[str, Any]]:
        """Say what looks like one of the six names but is not, and what is defined twice."""
        found: list[dict[str, Any]] = []
        for name in FUNCTIONS:
            bindings = self.bindings.get(name, [])
            stubs = [self._is_stub(name, binding) for binding in bindings]
            if stubs and stubs[-1] and not all(stubs):
                text = f"{name} is defined {len(stubs)} times; the last one counts, and it is not written"
                found.append(_hint(name, bindings[-1], text))
            if name not in self.bindings and name in self.inner:
                cell, line = self.inner[name]
                text = f"{name} stands inside a class, a function or a main block, expected at the top level"
                found.append({"function": name, "cell": cell, "line": line, "text": text})
        defined = [name for name in self.bindings if name not in TRACKED]
        for other in defined:
            binding = self.bindings[other][-1]
            function = find_function_by_name(other) or _close_match(other)
            if function and isinstance(binding.node, Definition) and function not in self.bindings:
                found.append(_hint(function, binding, f"found {other}, expected {function}: rename it"))
        return found[:MAX_HINTS]

    @staticmethod
    def _is_stub(name: str, binding: Binding) -> bool:
        return isinstance(binding.node, Definition) and is_stub(name, binding.node)


def _hint(function: str, binding: Binding, text: str) -> dict[str, Any]:
    line = binding.node.lineno
    return {"function": function, "cell": binding.cell, "line": line, "text": text}


def _close_match(name: str) -> str:
    matches = difflib.get_close_matches(name.lower()[:60], FUNCTIONS, n=1, cutoff=0.85)
    return matches[0] if matches else ""


def _called_name(call: ast.Call) -> str:
    return str(getattr(call.func, "attr", getattr(call.func, "id", "")))


def _top_statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """Give every statement that runs on import, in order, also those under if, try, with and loops."""
    stack = list(reversed(tree.body))
    while stack:
        statement = stack.pop()
        yield statement
        if isinstance(statement, Definition):
            continue
        inner: list[ast.stmt] = []
        if not (isinstance(statement, ast.If) and _never_holds(statement.test)):
            inner += getattr(statement, "body", [])
        for handler in getattr(statement, "handlers", []):
            inner += handler.body
        inner += getattr(statement, "orelse", []) + getattr(statement, "finalbody", [])
        stack += reversed(inner)


def _never_holds(test: ast.expr) -> bool:
    """Tell whether a condition is false on import: ``__name__ == "__main__"`` or a false constant."""
    if isinstance(test, ast.Constant):
        return not test.value
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0], ast.Eq):
        return False
    sides = (test.left, test.comparators[0])
    return any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides) and any(
        isinstance(side, ast.Constant) and side.value == "__main__" for side in sides
    )


def _bindings(cell: int, statement: ast.stmt) -> Iterator[tuple[str, Binding]]:
    if isinstance(statement, Definition):
        yield statement.name, Binding("definition", cell, statement)
    elif isinstance(statement, ast.Assign):
        for target in statement.targets:
            yield from _assigned(cell, statement, target, statement.value)
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        yield from _assigned(cell, statement, statement.target, statement.value)
    elif isinstance(statement, ast.ImportFrom):
        for alias in statement.names:
            origin = ((statement.module or "").rpartition(".")[2], alias.name)
            yield alias.asname or alias.name, Binding("import", cell, statement, origin=origin)
    elif isinstance(statement, ast.Delete):
        for target in statement.targets:
            if isinstance(target, ast.Name):
                yield target.id, Binding("deletion", cell, statement)


def _assigned(
    cell: int, statement: ast.stmt, target: ast.expr, value: ast.expr
) -> Iterator[tuple[str, Binding]]:
    if isinstance(target, ast.Name):
        kind = "constant" if isinstance(value, ast.Constant) else "assignment"
        yield target.id, Binding(kind, cell, statement, value)
    elif isinstance(target, ast.Tuple | ast.List):
        values = value.elts if isinstance(value, ast.Tuple | ast.List) else []
        if len(values) != len(target.elts):
            values = [value] * len(target.elts)
        for part, part_value in zip(target.elts, values, strict=True):
            if isinstance(part, ast.Name):  # deeper nesting is nobody's way to name a function
                yield part.id, Binding("assignment", cell, statement, part_value)
