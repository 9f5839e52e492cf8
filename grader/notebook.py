"""The handout's notebook, made from source: the assignment's code blocks 1 to 7, then Lab 1."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

HANDOUT = Path(__file__).resolve().parents[1] / "student"
NAME = "hw4.ipynb"

TITLE = """# Homework 4: advanced sparse optimization and fixed-point quantization

Code blocks 1 to 7 are those of the assignment's Lab 2; `FP_layers.py` beside this notebook holds your
quantizer. Lab 1 follows after block 7: write the four functions there, or in `lab1.py` if you prefer files.

In a terminal, `hw4 check` tells how far you are, `hw4 lab1` and `hw4 lab2` run all experiments,
`hw4 report` sets your report and `hw4 pack` makes the two files to hand in. They find your functions here or
in `lab1.py`."""

BLOCKS = (
    (
        """**Code block 1**: libraries and images. `load_images()` draws the embedded images;
`load_images("cifar10")` downloads CIFAR-10 once. After an edit of `FP_layers.py`, restart the kernel.""",
        """from given.notebook_blocks import finetune, load_images, load_pretrained, test
from given.resnet20 import ResNetCIFAR

images = load_images()""",
    ),
    (
        "**Code block 2**: the pretrained floating-point model.",
        """net = ResNetCIFAR(num_layers=20, Nbits=None)
pretrained = load_pretrained(images)
net.load_state_dict(pretrained);""",
    ),
    ("**Code block 3**: its test accuracy.", "test(net, images);"),
    (
        """**Code block 4**: quantize and test. Set `Nbits` in the first line to 6, 5, 4, 3 and 2. The second
line sets the residual blocks of all three stages to `Nbits` bits; the first convolution and the final fully
connected layer stay in floating point.""",
        """Nbits = 6
net = ResNetCIFAR(num_layers=20, Nbits=Nbits)
net.load_state_dict(pretrained)
test(net, images);""",
    ),
    (
        "**Code block 5**: finetune what block 4 made. 10 epochs for 4 and 3 bits, 20 epochs for 2 bits.",
        "finetune(net, images, epochs=10);",
    ),
    (
        "**Code block 6**: mixed precision. Set {4,4,2}, {4,2,4} and {2,4,4}.",
        """Nbits1, Nbits2, Nbits3 = 4, 4, 2
net = ResNetCIFAR(num_layers=20, Nbits=(Nbits1, Nbits2, Nbits3))
net.load_state_dict(pretrained)
test(net, images);""",
    ),
    ("**Code block 7**: finetune what block 6 made.", "finetune(net, images, epochs=10);"),
)

AVERAGE = """The average precision of (e), with your `avg_precision`:"""
AVERAGE_CODE = """from FP_layers import avg_precision

for scheme in ((4, 4, 2), (4, 2, 4), (2, 4, 4)):
    print(scheme, f"{avg_precision(ResNetCIFAR(num_layers=20, Nbits=scheme)):.4f} bits")"""

LAB1 = """## Lab 1: sparse optimization of linear models

Write the four functions; `hw4 check --lab 1` checks them. `W` is `(d, 1)`, `X` is `(n, d)`, `y` is `(n, 1)`,
all float64; no function may modify its inputs."""
GATHER = """from types import SimpleNamespace

from given.notebook_blocks import show_lab1

lab1 = SimpleNamespace(
    gd_step=gd_step, prune_topk=prune_topk, soft_threshold=soft_threshold, trimmed_l1_prox=trimmed_l1_prox
)"""
ITEMS = {
    "b": "gradient descent",
    "c": "iterative pruning",
    "d": "l1 by gradient descent",
    "e": "l1 by proximal gradient",
    "f": "trimmed l1",
    "g": "two data points (bonus)",
}


def make_notebook() -> Any:
    """Make the notebook from its source and from the stubs of ``lab1.py``.

    Returns:
        An ``nbformat`` notebook, the same at every call.
    """
    cells = [new_markdown_cell(TITLE)]
    for text, code in BLOCKS:
        cells += [new_markdown_cell(text), new_code_cell(code)]
    cells += [new_markdown_cell(AVERAGE), new_code_cell(AVERAGE_CODE)]
    cells += [new_markdown_cell(LAB1), new_code_cell("import numpy as np")]
    cells += [new_code_cell(stub) for stub in _read_stubs()]
    cells.append(new_code_cell(GATHER))
    for letter, title in ITEMS.items():
        cells.append(new_markdown_cell(f"**({letter})** {title}"))
        cells.append(new_code_cell(f'show_lab1("lab1.{letter}", lab1)'))
    for number, cell in enumerate(cells, start=1):
        cell.id = f"cell-{number:02d}"
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return new_notebook(cells=cells, metadata=metadata)


def _read_stubs() -> list[str]:
    source = (HANDOUT / "lab1.py").read_text(encoding="utf-8")
    stubs = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    return [ast.get_source_segment(source, stub) or "" for stub in stubs]


def render_notebook() -> str:
    """Return the text of the notebook's file.

    Examples:
        >>> render_notebook() == render_notebook()
        True
    """
    return str(nbformat.writes(make_notebook(), version=4)) + "\n"


def main() -> None:
    """Write the notebook into the handout."""
    (HANDOUT / NAME).write_text(render_notebook(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
