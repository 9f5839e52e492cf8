"""The same right submission in another precision and with another number of threads.

A variant is the submission with cells put around its own: one in front that sets the threads, and
one behind the definition of each function that calls it in the wanted precision. Nothing of the
submission's text changes.
"""

from dataclasses import dataclass, replace
from itertools import product

from grader.submission import Assembly

_THREADS = """
import torch
torch.set_num_threads({threads})
del torch
"""

# Lab 1 computes on float32 copies, or on the float64 arrays that it is given.
_LAB1 = """
def _in_precision(function):
    import functools
    import numpy as np

    @functools.wraps(function)
    def call(*arguments, **options):
        cast = [a.astype(np.{dtype}, copy=False) if isinstance(a, np.ndarray) else a for a in arguments]
        return function(*cast, **options)

    return call


{name} = _in_precision({name})
"""

# The quantizer gets the weights in the precision and gives its levels back in theirs.
_STE = """
def _in_precision(quantizer):
    import torch

    class STE(quantizer):
        @staticmethod
        def forward(ctx, w, bit):
            return quantizer.forward(ctx, w.to(torch.{dtype}), bit).to(w.dtype)

    return STE


STE = _in_precision(STE)
"""

_AVERAGE = """
def _in_precision(function):
    import numpy as np
    return lambda net: np.{dtype}(function(net))


avg_precision = _in_precision(avg_precision)
"""


@dataclass(frozen=True)
class Variant:
    """A precision and a number of threads.

    Attributes:
        dtype: ``"float32"`` or ``"float64"``.
        threads: Threads of PyTorch.
    """

    dtype: str
    threads: int

    def __str__(self) -> str:
        """Return the name for tables and ids."""
        return f"{self.dtype}, {self.threads} thread{'s' if self.threads > 1 else ''}"

    def apply(self, assembly: Assembly) -> Assembly:
        """Return a submission's assembly in this variant."""
        units = {unit.module: unit for unit in assembly.units}
        for name, module in assembly.provides.items():
            template = {"STE": _STE, "avg_precision": _AVERAGE}.get(name, _LAB1)
            cell = template.format(name=name, dtype=self.dtype)
            units[module] = replace(units[module], cells=(*units[module].cells, cell))
        first, *others = units.values()
        first = replace(first, cells=(_THREADS.format(threads=self.threads), *first.cells))
        return replace(assembly, units=(first, *others))


VARIANTS = tuple(Variant(dtype, threads) for dtype, threads in product(("float32", "float64"), (1, 2)))
