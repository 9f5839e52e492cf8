"""A submission's files as modules that exist in memory only."""

from __future__ import annotations

import linecache
from dataclasses import dataclass
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING, Any

from grader.worker.deadlines import Patience, interrupt_after
from grader.worker.harmless import notebook_names
from grader.worker.troubles import Trouble, describe_exception

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import ModuleType


@dataclass(frozen=True, slots=True)
class Unit:
    """One file of a submission.

    Attributes:
        file: Its name, as the student knows it.
        module: The name it is imported by.
        cells: Its source: one piece for a ``.py``, the code cells of a notebook.
    """

    file: str
    module: str
    cells: tuple[str, ...]

    @classmethod
    def from_wire(cls, plain: Mapping[str, Any]) -> Unit:
        """Read a unit from the plain data of an assembly."""
        return cls(str(plain["file"]), str(plain["module"]), tuple(map(str, plain["cells"])))

    @property
    def is_notebook(self) -> bool:
        """Whether the cells are those of a notebook."""
        return self.file.endswith(".ipynb") or len(self.cells) > 1

    def code_name(self, index: int) -> str:
        """Name one cell as tracebacks do.

        Examples:
            >>> Unit("lab1.py", "lab1", ("",)).code_name(0)
            'lab1.py'
            >>> Unit("hw4.ipynb", "hw4", ("", "")).code_name(1)
            'hw4.ipynb, code cell 2'
        """
        return f"{self.file}, code cell {index + 1}" if self.is_notebook else self.file


class UnitLoader(MetaPathFinder, Loader):
    r"""Finds, compiles and runs units; an exception ends a cell, not the module.

    Args:
        units: The files of the submission.
        seconds: What loading all of them may take together.

    Attributes:
        places: For the name of every piece of code: its file and notebook cell.
        troubles: What went wrong, in order.

    Examples:
        >>> from importlib.util import module_from_spec
        >>> loader = UnitLoader([Unit("a.ipynb", "a", ("x = 1\nundefined", "y = x + 1"))], 10.0)
        >>> module = module_from_spec(loader.find_spec("a"))
        >>> loader.exec_module(module)
        >>> module.y, loader.troubles[0].type_name, loader.troubles[0].line, loader.troubles[0].cell
        (2, 'NameError', 2, 1)
    """

    def __init__(self, units: Sequence[Unit], seconds: float) -> None:
        self.places: dict[str, tuple[str, int | None]] = {}
        self.troubles: list[Trouble] = []
        self._units = {unit.module: unit for unit in units}
        self._patience = Patience(seconds, sum(len(unit.cells) for unit in units))

    @property
    def module_names(self) -> tuple[str, ...]:
        """The units' module names, in order."""
        return tuple(self._units)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a unit by its module name."""
        del path, target
        unit = self._units.get(fullname)
        return ModuleSpec(fullname, self, origin=unit.file) if unit else None

    def exec_module(self, module: ModuleType) -> None:
        """Run a unit's cells one after the other."""
        unit = self._units[module.__name__]
        module.__file__ = unit.file
        names = vars(module)
        names.update(notebook_names())
        for index, source in enumerate(unit.cells):
            self._run(
                source, unit.code_name(index), (unit.file, index + 1 if unit.is_notebook else None), names
            )

    def _run(self, source: str, name: str, place: tuple[str, int | None], names: dict[str, Any]) -> None:
        self.places[name] = place
        linecache.cache[name] = len(source), None, source.splitlines(keepends=True), name
        try:
            with interrupt_after(self._patience.next_share()):
                exec(compile(source, name, "exec", dont_inherit=True), names)  # noqa: S102
        except BaseException as error:  # noqa: BLE001  # sys.exit() in a cell is no reason to stop either
            self.troubles.append(describe_exception(error, self.places))
