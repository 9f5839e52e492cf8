"""Load a submission of the banks in process, for tests of the banks themselves.

Only for right submissions and known mistakes: never for hostile ones.
"""

import ast
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace

import matplotlib as mpl
import torch

from tests.bank.paths import FUNCTIONS, HANDOUT

_JUNK = {"__MACOSX", "__pycache__"}


@dataclass(frozen=True)
class Unit:
    """One code file: its module name and its cells (a ``.py`` has one)."""

    path: Path
    cells: tuple[str, ...]

    @property
    def module(self) -> str:
        """The name under which other files may import it."""
        return self.path.stem

    def defines(self, name: str) -> bool:
        """Tell whether ``name`` is defined or assigned at the top level."""
        return any(name in _defined_names(cell) for cell in self.cells)


def _defined_names(source: str) -> set[str]:
    names = set()
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            names.add(statement.name)
        elif isinstance(statement, ast.Assign):
            names.update(target.id for target in statement.targets if isinstance(target, ast.Name))
    return names


def strip_magics(source: str) -> str:
    r"""Drop what only IPython understands from a cell.

    Examples:
        >>> strip_magics("%%time\nx = 1\n!ls\nx?")
        'x = 1'
    """
    lines = source.splitlines()
    return "\n".join(
        line for line in lines if not line.lstrip().startswith(("%", "!", "?")) and not line.endswith("?")
    )


def read_units(folder: Path) -> list[Unit]:
    """Read the code files below a folder, the handout's names first."""
    paths = [
        path
        for path in folder.rglob("*")
        if path.suffix in {".py", ".ipynb"}
        and not any(part in _JUNK or part.startswith(".") for part in path.relative_to(folder).parts)
    ]
    units = []
    for path in sorted(paths, key=lambda path: (path.stem not in {"lab1", "FP_layers"}, path.name)):
        if path.suffix == ".py":
            cells = (path.read_text(encoding="utf-8-sig"),)
        else:
            book = json.loads(path.read_text(encoding="utf-8"))
            cells = tuple(
                strip_magics("".join(cell["source"])) for cell in book["cells"] if cell["cell_type"] == "code"
            )
        units.append(Unit(path, cells))
    return units


def _execute(unit: Unit) -> ModuleType:
    if unit.module in sys.modules:
        return sys.modules[unit.module]
    module = ModuleType(unit.module)
    module.__file__ = str(unit.path)
    sys.modules[unit.module] = module
    for cell in unit.cells:
        try:
            exec(compile(cell, unit.path, "exec"), vars(module))
        except Exception:
            if unit.path.suffix == ".py":
                raise
    return module


@contextmanager
def _as_it_was(scratch: Path) -> Iterator[None]:
    modules, path, folder, dtype = dict(sys.modules), list(sys.path), Path.cwd(), torch.get_default_dtype()
    os.chdir(scratch)
    mpl.use("agg")
    try:
        yield
    finally:
        os.chdir(folder)
        torch.set_default_dtype(dtype)
        sys.path[:] = path
        for name in set(sys.modules) - set(modules):
            if getattr(sys.modules[name], "__file__", "") and _is_submitted(name):
                del sys.modules[name]


def _is_submitted(name: str) -> bool:
    root = name.partition(".")[0]
    file = getattr(sys.modules.get(root), "__file__", None) or ""
    return (
        "site-packages" not in file
        and root not in sys.stdlib_module_names
        and root not in {"tests", "reference"}
    )


@contextmanager
def loaded(folder: Path, scratch: Path) -> Iterator[SimpleNamespace]:
    """Load a submission and give its six functions, and the layers its networks are made of.

    Args:
        folder: The submission.
        scratch: Where its code finds itself: figures land there.

    Yields:
        A namespace with the six names that the submission provides, and ``FP_Conv`` and
        ``FP_Linear``.
    """
    units = read_units(folder)
    with _as_it_was(scratch):
        sys.path[:0] = [*dict.fromkeys(str(unit.path.parent) for unit in units), str(HANDOUT)]
        modules = {unit: _execute(unit) for unit in units}
        functions = SimpleNamespace()
        for name in FUNCTIONS:
            for unit, module in modules.items():
                if unit.defines(name):
                    setattr(functions, name, getattr(module, name))
        layers = [module for unit, module in modules.items() if unit.defines("FP_Conv")]
        module = layers[0] if layers else __import__("FP_layers")
        if hasattr(functions, "STE"):
            module.STE = functions.STE
        functions.FP_Conv, functions.FP_Linear = module.FP_Conv, module.FP_Linear
        yield functions
