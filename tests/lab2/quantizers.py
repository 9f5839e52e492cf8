"""Layers with right and wrong quantizers: the banks' and, for float orders, some of our own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace

from tests.bank.loading import loaded
from tests.bank.mistakes import list_mistakes, replace_function
from tests.bank.paths import RIGHT

REFERENCE = Path(__file__).resolve().parents[2] / "reference" / "FP_layers.py"

# Wrong in what the assignment's networks never ask for (no bits, constant tensors, other dtypes), so a
# finetune of them is right: the suite of the quantizer catches these.
UNSEEN_IN_TRAINING = {
    "STE.zero_bits_divide_by_zero",
    "STE.zero_bits_return_w",
    "STE.constant_becomes_nan",
    "STE.constant_becomes_zero",
    "STE.codes_in_int8",
    "STE.range_always_holds_zero",  # the range of every trained layer does
    "STE.backward_clipped",  # hardly a gradient of a trained network is large enough
}

# The same formula in other orders of float operations: all of them are right.
ORDERS = {
    "reciprocal of alpha": "beta + (w.max() - beta) * torch.round((w - beta) * (n / (w.max() - beta))) / n",
    "step first": "torch.round((w - beta) / ((w.max() - beta) / n)) * ((w.max() - beta) / n) + beta",
    "alpha over n": "(w.max() - beta) / n * torch.round((w - beta) / (w.max() - beta) * n) + beta",
    "double precision": (
        "(torch.round((w.double() - beta) / (w.max().double() - beta) * n) / n"
        " * (w.max().double() - beta) + beta).float()"
    ),
    "NumPy": (
        "torch.from_numpy(np.rint((w.numpy() - w.numpy().min()) / np.ptp(w.numpy()) * n) / n"
        " * np.ptp(w.numpy()) + w.numpy().min())"
    ),
    "halves up": "torch.floor((w - beta) / (w.max() - beta) * n + 0.5) / n * (w.max() - beta) + beta",
    "counted from above": (
        "w.max() - torch.round((w.max() - w) / (w.max() - beta) * n) / n * (w.max() - beta)"
    ),
}
BODY = """def forward(ctx, w, bit):
    import numpy as np
    if bit is None:
        return w.clone()
    if bit == 0:
        return torch.zeros_like(w)
    n, beta = 2**bit - 1, w.min()
    if beta == w.max():
        return w.clone()
    return {expression}
"""


def make_layers(replacement: str) -> ModuleType:
    """Make a module of layers whose STE is replaced.

    Args:
        replacement: A function (for ``forward``) or a class, under any name.
    """
    module = ModuleType("layers_under_test")
    source = replace_function(REFERENCE.read_text(encoding="utf-8"), "STE", replacement)
    exec(compile(source, "layers_under_test", "exec"), vars(module))
    return module


def make_other_orders() -> dict[str, ModuleType]:
    """Make right layers that round in other places."""
    return {name: make_layers(BODY.format(expression=expression)) for name, expression in ORDERS.items()}


def make_wrong_layers() -> dict[str, ModuleType]:
    """Make layers with every known wrong quantizer of the bank that training shows."""
    return {
        str(mistake): make_layers(mistake.source)
        for mistake in list_mistakes()
        if mistake.function == "STE" and str(mistake) not in UNSEEN_IN_TRAINING
    }


@contextmanager
def right_layers(name: str, scratch: Path) -> Iterator[SimpleNamespace]:
    """Load the layers of a right submission of the bank."""
    with loaded(RIGHT / name, scratch) as submission:
        yield submission


def list_right_submissions() -> list[str]:
    """List the right submissions of the bank."""
    return sorted(path.name for path in RIGHT.iterdir() if path.is_dir())
