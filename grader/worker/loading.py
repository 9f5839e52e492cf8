"""Loading a submission: its modules, and the functions that are looked for."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from grader.worker.units import Unit, UnitLoader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grader.worker.troubles import Trouble

_LAYERS_MODULE = "FP_layers"
_LAYER_CLASSES = ("FP_Conv", "FP_Linear")
_LAYER_FUNCTIONS = ("STE", "avg_precision")


class MissingFunctionError(Exception):
    """The submission does not define a function.

    Attributes:
        name: The function's name.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Student:
    """A loaded submission, as probes see it.

    Attributes:
        functions: The functions that were found, by name.
        layers: A module with the ``FP_Conv``, ``FP_Linear``, ``STE`` and ``avg_precision`` that
            belong together, for `student.given.resnet20`.
        troubles: What went wrong while loading.
        places: For the name of every piece of the student's code: its file and notebook cell.
    """

    def __init__(self) -> None:
        self.functions: dict[str, Any] = {}
        self.layers = ModuleType("layers")
        self.troubles: list[Trouble] = []
        self.places: dict[str, tuple[str, int | None]] = {}

    def function(self, name: str) -> Any:
        """Return a function of the submission.

        Args:
            name: Its name, or an attribute of it such as ``"STE.backward"``.

        Raises:
            MissingFunctionError: The submission does not define it.
        """
        first, *attributes = name.split(".")
        if first not in self.functions:
            raise MissingFunctionError(first)
        found = self.functions[first]
        for attribute in attributes:
            found = getattr(found, attribute)
        return found


def load(assembly: Mapping[str, Any], seconds: float) -> Student:
    """Run a submission's files and find its functions.

    Args:
        assembly: ``units``, the files in order, and ``provides``, the module of each function.
        seconds: What running all files may take together.

    Returns:
        Whatever could be loaded; what could not is in ``troubles``.
    """
    loader = UnitLoader([Unit.from_wire(unit) for unit in assembly["units"]], seconds)
    sys.meta_path.insert(0, loader)
    modules = {name: _run_unit(loader, name) for name in loader.module_names}
    student = Student()
    student.troubles, student.places = loader.troubles, loader.places
    for name, module_name in assembly["provides"].items():
        module = modules.get(module_name)
        if module is not None and hasattr(module, name):
            student.functions[name] = getattr(module, name)
    _unite_layers(student, modules, assembly["provides"])
    return student


def _run_unit(loader: UnitLoader, name: str) -> ModuleType:
    """Run one file, unless another one has imported it already."""
    present = sys.modules.get(name)
    if name.isidentifier() and (present is None or getattr(present, "__loader__", None) is loader):
        return import_module(name)
    module = ModuleType(name)  # a student's ``types.py`` must not take the place of the library's
    loader.exec_module(module)
    return module


def _unite_layers(student: Student, modules: Mapping[str, ModuleType], provides: Mapping[str, str]) -> None:
    """Let the layers quantize with the student's STE, whichever file they came from.

    The layers are those that ``avg_precision`` knows by name, else those beside ``STE``, else
    those of the module ``FP_layers``.
    """
    candidates = [provides.get("avg_precision"), provides.get("STE"), _LAYERS_MODULE]
    homes = [modules[name] for name in candidates if name is not None and name in modules]
    for name in _LAYER_CLASSES:
        classes = [getattr(home, name) for home in homes if hasattr(home, name)]
        if not classes:
            continue
        setattr(student.layers, name, classes[0])
        home_names = getattr(getattr(classes[0], "forward", None), "__globals__", {})
        if "STE" in student.functions and any(home_names is vars(module) for module in modules.values()):
            home_names["STE"] = student.functions["STE"]
    for name in _LAYER_FUNCTIONS:
        if name in student.functions:
            setattr(student.layers, name, student.functions[name])
