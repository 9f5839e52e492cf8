"""The handout's notebook: made from source, and the assignment's text fits it word for word."""

import os
import shutil
import sys

import nbformat
import pytest

from grader.notebook import HANDOUT, NAME, render_notebook
from tests.bank.paths import REFERENCE, REPOSITORY


@pytest.fixture(scope="module")
def blocks():
    """The code cells of the notebook."""
    book = nbformat.reads((HANDOUT / NAME).read_text(encoding="utf-8"), as_version=4)
    return [cell.source for cell in book.cells if cell.cell_type == "code"]


def test_the_notebook_is_up_to_date():
    """``python -m grader.notebook`` would not change the file."""
    assert (HANDOUT / NAME).read_text(encoding="utf-8") == render_notebook()


def test_the_notebook_is_valid_and_without_outputs():
    """It follows the format, and nobody's results are in it."""
    book = nbformat.reads(render_notebook(), as_version=4)
    nbformat.validate(book)
    assert all(not cell.get("outputs") for cell in book.cells)


def test_the_first_three_blocks_load_and_test_the_float_model(blocks):
    """(b): run through the first three code blocks, report the accuracy of the float model."""
    assert "load_images" in blocks[0]
    assert "load_pretrained" in blocks[1]
    assert "Nbits=None" in blocks[1]
    assert blocks[2].startswith("test(net")


def test_block_4_sets_the_bits_in_its_first_line_and_defines_the_model_in_its_second(blocks):
    """(b): set Nbits in the first line of block 4; the second line defines the ResNet."""
    first, second, *rest = blocks[3].splitlines()
    assert first == "Nbits = 6"
    assert second == "net = ResNetCIFAR(num_layers=20, Nbits=Nbits)"
    assert rest[-1].startswith("test(net")


def test_blocks_5_and_7_finetune_with_the_number_of_epochs_as_a_parameter(blocks):
    """(c), (d): 10 epochs; for 20, change the number of epochs in the finetune function."""
    for block in (blocks[4], blocks[6]):
        assert block.startswith("finetune(net")
        assert "epochs=10" in block


def test_block_6_sets_three_precisions(blocks):
    """(d): set {4,4,2}, {4,2,4} and {2,4,4} by Nbits1, Nbits2 and Nbits3."""
    assert blocks[5].splitlines()[0] == "Nbits1, Nbits2, Nbits3 = 4, 4, 2"


@pytest.mark.slow
def test_the_notebook_runs_with_the_functions_written(tmp_path):
    """With the solutions in place every cell runs, on the embedded images, with a small budget."""
    nbclient, jupyter_client = map(pytest.importorskip, ("nbclient", "jupyter_client"))
    shutil.copytree(HANDOUT / "given", tmp_path / "given")
    shutil.copy(REFERENCE / "FP_layers.py", tmp_path)
    book = nbformat.reads(render_notebook(), as_version=4)
    solutions = (REFERENCE / "lab1.py").read_text(encoding="utf-8")
    for cell in book.cells:
        if cell.cell_type != "code":
            continue
        cell.source = cell.source.replace("load_images()", "load_images(most=300)").replace("=10)", "=1)")
        if "NotImplementedError" in cell.source:
            cell.source = solutions
    environment = {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(REPOSITORY)]), "OMP_NUM_THREADS": "1"}
    manager = jupyter_client.AsyncKernelManager(kernel_name="python3")
    manager.kernel_spec.argv[0] = sys.executable
    client = nbclient.NotebookClient(
        book, km=manager, timeout=300, resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute(env=os.environ | environment)
    printed = [
        output["text"] for cell in book.cells for output in cell.get("outputs", []) if "text" in output
    ]
    text = "".join(printed)
    assert text.count("highest test accuracy") == 2
    assert "(4, 4, 2) 2.5988" in text
    assert "trimmed ℓ1, λ = 10 | L = " in text
    images = [
        output
        for cell in book.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    assert len(images) == 7
