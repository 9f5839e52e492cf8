"""One request, one answer: nothing that a student's code raises goes further than this."""

from __future__ import annotations

import errno
import json
from typing import TYPE_CHECKING, Any

from grader.worker.loading import MissingFunctionError, Student, load
from grader.worker.probes import PROBES
from grader.worker.troubles import describe_exception, is_stub

if TYPE_CHECKING:
    from collections.abc import Callable

_OF_MEMORY = ("can't allocate memory", "not enough memory", "std::bad_alloc", "could not create a primitive")


def _is_of_memory(error: BaseException) -> bool:
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM)


class Desk:
    """Answers requests about one submission."""

    def __init__(self) -> None:
        self._student = Student()

    def answer(self, request: tuple[Any, ...]) -> dict[str, Any]:
        """Do what a request asks for.

        Args:
            request: ``("load", assembly in JSON, seconds)``, ``("call", name, args, kwargs)`` or
                ``("probe", name, kwargs)``.

        Returns:
            ``status`` and what belongs to it: ``value``; or the fields of a trouble.
        """
        kind, *details = request
        tasks: dict[str, Callable[..., Any]] = {"load": self._load, "call": self._call, "probe": self._probe}
        try:
            return {"status": "value", "value": tasks[kind](*details)}
        except MissingFunctionError as error:
            return {"status": "missing", "function": error.name}
        except BaseException as error:  # noqa: BLE001  # also what a student's code raises to get away
            return self._describe(error)

    def _load(self, assembly: bytes, seconds: float) -> dict[str, Any]:
        plain = json.loads(assembly)
        self._student = load(plain, seconds)
        return {
            "errors": [trouble.as_wire() for trouble in self._student.troubles],
            "functions": {name: name in self._student.functions for name in plain["provides"]},
        }

    def _call(self, name: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
        function = self._student.function(name)
        if isinstance(function, type) and hasattr(function, "apply"):  # an autograd function
            function = function.apply
        return function(*args, **kwargs)

    def _probe(self, name: str, kwargs: dict[str, Any]) -> Any:
        return PROBES[name](self._student, **kwargs)

    def _describe(self, error: BaseException) -> dict[str, Any]:
        try:
            trouble = describe_exception(error, self._student.places)
            memory = _is_of_memory(error) or any(words in trouble.message for words in _OF_MEMORY)
            stub = is_stub(error, self._student.places)
            status = "memory" if memory else "not_implemented" if stub else "raised"
            return {"status": status, **trouble.as_wire()}
        except BaseException:  # noqa: BLE001  # a hostile exception class
            return {"status": "raised", "type_name": "an exception that cannot be described", "message": ""}
