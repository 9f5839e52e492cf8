"""Which file provides which function, and what a worker is told to run."""

import json
from pathlib import Path

import pytest

from grader.submission import assemble, read_files, read_submission
from grader.submission.functions import EXPECTED_MODULES, FUNCTIONS
from grader.worker.survey import survey
from tests.bank.paths import HANDOUT, REFERENCE
from tests.bank.right import RIGHT_SUBMISSIONS

PRISTINE = {module: (HANDOUT / f"{module}.py").read_text() for module in ("lab1", "FP_layers")}
LAB1 = (REFERENCE / "lab1.py").read_text()
LAYERS = (REFERENCE / "FP_layers.py").read_text()
SOFT = "def soft_threshold(W, threshold):\n    return W\n"
STE = """class STE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, w, bit):
        return w
"""
SHRINK = "def shrink(W, threshold):\n    return W\n"


def notebook(*cells: str) -> str:
    return json.dumps({"cells": [{"cell_type": "code", "source": cell} for cell in cells], "nbformat": 4})


def assemble_files(**sources: str):
    return assemble_named({name.replace("__", "."): text for name, text in sources.items()})


def assemble_named(sources: dict[str, str]):
    submission = read_files("hw4", {name: text.encode() for name, text in sources.items()})
    return assemble(submission, survey(submission.sources), PRISTINE)


def units(assembly) -> dict[str, str]:
    return {unit.module: unit.file for unit in assembly.units}


@pytest.mark.parametrize("submission", RIGHT_SUBMISSIONS, ids=lambda submission: submission.name)
def test_every_right_submission_provides_all_six(submission):
    read = read_submission(submission.folder)
    assembly = assemble(read, survey(read.sources), PRISTINE)
    assert set(assembly.provides) == set(FUNCTIONS) == set(assembly.sources)
    assert assembly.unreadable == {}
    assert assembly.listing["source"].startswith("class STE")
    assert set(assembly.provides.values()) <= {unit.module for unit in assembly.units}
    assert not [note for note in assembly.notes if "last run in another order" not in note]


def test_the_untouched_handout_provides_its_stubs():
    assembly = assemble_files(lab1__py=PRISTINE["lab1"], FP_layers__py=PRISTINE["FP_layers"])
    assert assembly.provides == EXPECTED_MODULES
    assert units(assembly) == {"lab1": "lab1.py", "FP_layers": "FP_layers.py"}
    assert assembly.sources == {}
    assert assembly.listing is None
    assert assembly.notes == ()


def test_without_code_every_function_is_missing_and_the_modules_are_the_handouts():
    assembly = assemble_files(report__pdf="%PDF")
    assert assembly.provides == {}
    assert set(assembly.missing) == set(FUNCTIONS)
    assert assembly.unreadable == {}
    assert units(assembly) == {"lab1": "lab1.py (handout)", "FP_layers": "FP_layers.py (handout)"}
    assert assembly.as_wire()["units"][0]["cells"] == [PRISTINE["lab1"]]


def test_the_wire_form_is_plain_data():
    assembly = assemble_files(lab1__py=LAB1, hw4__ipynb=notebook("import torch", STE))
    wire = json.loads(json.dumps(assembly.as_wire()))
    assert wire["provides"]["STE"] == "hw4"
    assert [(unit["module"], unit["file"], len(unit["cells"])) for unit in wire["units"]] == [
        ("lab1", "lab1.py", 1),
        ("FP_layers", "FP_layers.py (handout)", 1),
        ("hw4", "hw4.ipynb", 2),
    ]


@pytest.mark.parametrize(
    ("sources", "taken", "note"),
    [
        ({"lab1.py": SOFT, "other.py": SOFT + "#"}, "lab1", ""),
        ({"lab1.py": SOFT, "other.py": SOFT + "    x\n"}, "lab1", "lab1.py, not from other.py"),
        ({"hw4.ipynb": SOFT, "mine.py": SOFT.replace("W\n", "-W\n")}, "mine", "mine.py, not from hw4.ipynb"),
        ({"lab1.ipynb": SOFT, "a.py": SOFT.replace("W\n", "-W\n")}, "lab1", "lab1.ipynb, not from a.py"),
        ({"a_old.py": SOFT, "b.py": SOFT.replace("W\n", "-W\n")}, "b", "b.py, not from a_old.py"),
        ({"a.py": SOFT, "b.py": LAB1}, "b", "soft_threshold: taken from b.py, not from a.py"),
        ({"x/lab1.py": SOFT.replace("W\n", "-W\n"), "lab1.py": SOFT}, "lab1", "lab1.py, not from x/lab1.py"),
        ({"lab1.py": PRISTINE["lab1"], "hw4.ipynb": SOFT}, "hw4", ""),
        ({"hw4.py": SOFT, "lab1.py": "from hw4 import soft_threshold\n"}, "hw4", ""),
        ({"hw4.py": SHRINK, "lab1.py": "from hw4 import shrink as soft_threshold\n"}, "lab1", ""),
        ({"FP_layers.py": LAYERS, "lab1 (1).py": SOFT}, "lab1", ""),
        ({"LAB1.py": SOFT}, "lab1", ""),
    ],
)  # fmt: skip
def test_one_file_is_taken_and_a_note_says_which_was_not(sources, taken, note):
    sources = {name: notebook(text) if name.endswith("ipynb") else text for name, text in sources.items()}
    assembly = assemble_named(sources)
    assert assembly.provides["soft_threshold"] == taken
    notes = [text for text in assembly.notes if "taken from" in text]
    assert len(notes) == bool(note)
    assert note in "".join(notes)


def test_an_import_of_the_handouts_stub_provides_nothing():
    assembly = assemble_named({"hw4.py": "from FP_layers import STE, FP_Conv\nfrom lab1 import gd_step\n"})
    assert assembly.provides == EXPECTED_MODULES
    assert assembly.sources == {}


def test_an_import_of_a_stub_of_the_submission_is_a_stub():
    sources = {"FP_layers.py": PRISTINE["FP_layers"], "hw4.py": "from FP_layers import STE\n"}
    assembly = assemble_named(sources | {"mine.py": STE})
    assert assembly.provides["STE"] == "mine"


def test_the_listing_follows_an_import_to_the_source():
    sources = {
        "quant.py": "import torch\n\n" + STE.replace("STE", "Mine"),
        "FP_layers.py": "from quant import Mine as STE\n",
    }
    assembly = assemble_named(sources)
    assert assembly.provides["STE"] == "FP_layers"
    assert assembly.listing == {
        "file": "quant.py",
        "first_line": 3,
        "source": STE.replace("STE", "Mine").rstrip(),
    }


def test_the_listing_of_a_notebook_names_its_cell():
    listing = assemble_named({"hw4.ipynb": notebook("x = 1", "import torch\n" + STE)}).listing
    assert (listing["file"], listing["first_line"]) == ("hw4.ipynb, code cell 2", 2)


def test_only_what_is_needed_is_run():
    sources = {
        "lab1.py": "import tools\n" + LAB1,
        "tools.py": "import deeper\n",
        "deeper.py": "",
        "train.py": "x",
    }
    assembly = assemble_named(sources)
    assert list(units(assembly)) == ["lab1", "FP_layers", "deeper", "tools"]
    assert assembly.notes == ("train.py: not run, nothing in it is needed",)


def test_the_part_for_one_function_holds_what_it_imports():
    assembly = assemble_named({"lab1.py": "import tools\n" + LAB1, "tools.py": "", "FP_layers.py": LAYERS})
    part = assembly.only("gd_step")
    assert list(units(part)) == ["lab1", "tools"]
    assert part.provides == {"gd_step": "lab1"}
    assert list(units(assembly.only("STE"))) == ["FP_layers"]


def test_a_function_that_was_taken_out_is_missing_and_not_a_stub():
    assembly = assemble_files(lab1__py=SOFT)
    assert set(assembly.provides) == {"soft_threshold", "STE", "avg_precision"}


def test_a_file_that_cannot_be_read_explains_what_is_missing():
    broken = LAB1 + "\n\ndef gd_step(W, X\n"
    assembly = assemble_named({"lab1.py": broken, "FP_layers.py": LAYERS})
    assert set(assembly.unreadable) == {"gd_step", "prune_topk", "soft_threshold", "trimmed_l1_prox"}
    assert assembly.missing == assembly.unreadable
    reason = assembly.unreadable["gd_step"]
    assert reason.startswith("lab1.py, line ")
    assert "cannot be read: " in reason
    assert set(assembly.provides) == {"STE", "avg_precision"}
    assert any("nothing in the file can be used" in note for note in assembly.notes)
    assert units(assembly)["lab1"] == "lab1.py (handout)"


def test_what_another_file_provides_is_not_missing():
    assembly = assemble_named({"lab1.py": LAB1 + "\nx = (", "hw4.py": SOFT})
    assert assembly.provides["soft_threshold"] == "hw4"
    assert set(assembly.unreadable) == {"gd_step", "prune_topk", "trimmed_l1_prox"}


def test_of_a_notebook_only_the_broken_cell_is_lost():
    assembly = assemble_named({"hw4.ipynb": notebook("x = 1", "def gd_step(W, X\n", SOFT)})
    assert assembly.provides["soft_threshold"] == "hw4"
    assert assembly.unreadable["gd_step"].startswith("hw4.ipynb, code cell 2, line 1 cannot be read")
    assert "prune_topk" not in assembly.unreadable
    assert assembly.as_wire()["units"][-1]["cells"][1] == ""


def test_a_misspelt_function_is_missing_with_a_hint():
    assembly = assemble_named({"hw4.py": "def softthreshold(W, t):\n    return W\n" + STE})
    assert assembly.missing == {
        "soft_threshold": "hw4.py, line 1: found softthreshold, expected soft_threshold: rename it"
    }
    assert assembly.missing["soft_threshold"] in assembly.notes
    assert assembly.unreadable == {}
    assert "soft_threshold" not in assembly.provides


def test_no_hint_where_the_function_is_there():
    assembly = assemble_named(
        {"lab1.py": LAB1, "FP_layers.py": LAYERS, "hw4.py": "def softthreshold(W, t): pass\n"}
    )
    assert assembly.unreadable == {}
    assert assembly.notes == ("hw4.py: not run, nothing in it is needed",)


def test_a_signature_that_cannot_be_called_is_noted():
    assembly = assemble_named({"lab1.py": LAB1 + "\n\ndef prune_topk(W):\n    return W\n"})
    (note,) = [note for note in assembly.notes if "takes" in note]
    assert note.endswith(": prune_topk takes (W), expected prune_topk(W, k)")


def test_layers_that_a_file_lacks_are_completed_behind_its_last_line():
    assembly = assemble_named(
        {"FP_layers.py": "import torch\n" + STE + "def avg_precision(net):\n    return 4.0\n"}
    )
    (text,) = next(unit for unit in assembly.units if unit.module == "FP_layers").cells
    assert text.startswith("import torch\n" + STE)
    assert "\nclass FP_Conv(" in text
    assert "\nclass FP_Linear(" in text
    compile(text, "FP_layers.py", "exec")
    whole = assemble_named({"FP_layers.py": LAYERS})
    assert whole.units[1].cells == (LAYERS,)


@pytest.mark.parametrize("name", ["numpy.py", "torch.py", "given.py", "random.py", "code.py"])
def test_a_file_with_the_name_of_a_library_is_imported_by_another(name):
    assembly = assemble_named({name: SOFT})
    module = assembly.provides["soft_threshold"]
    assert module == name.replace(".py", "_submitted")
    assert assembly.notes == (f"{name}: has the name of a library; it is imported as {module}",)


def test_a_file_that_a_notebook_writes_provides():
    assembly = assemble_named({"hw4.ipynb": notebook("%%writefile FP_layers.py\nimport torch\n" + STE, SOFT)})
    assert assembly.provides["STE"] == "FP_layers"
    assert assembly.provides["soft_threshold"] == "hw4"
    assert units(assembly)["FP_layers"] == "hw4.ipynb/FP_layers.py"


@pytest.mark.parametrize(
    "reply",
    [
        None,
        {},
        [],
        {"lab1.py": None},
        {"lab1.py": {}},
        {"lab1.py": {"unreadable": 5}},
        {"lab1.py": {"unreadable": "is \x1b[31m bad\n"}},
        {"lab1.py": "text"},
        {5: {}},
    ],
)
def test_a_reply_of_any_form_makes_the_file_unreadable(reply):
    submission = read_files("hw4", {"lab1.py": LAB1.encode()})
    assembly = assemble(submission, reply, PRISTINE)
    assert set(assembly.unreadable) == set(FUNCTIONS)
    assert all(note.isprintable() for note in assembly.notes)
    assert len(assembly.notes) == 1


def test_a_reply_with_places_outside_of_the_file_makes_it_unreadable():
    submission = read_files("hw4", {"lab1.py": LAB1.encode()})
    good = survey(submission.sources)["lab1.py"]
    for key, value in (("cell", 7), ("line", -1), ("kind", None), ("origin", "x"), ("cell", "0")):
        broken = json.loads(json.dumps(good))
        broken["definitions"]["gd_step"][key] = value
        assert assemble(submission, {"lab1.py": broken}, PRISTINE).unreadable


def test_hostile_names_and_messages_are_harmless_in_notes():
    sources = {"\x1b[31m\n.py": "def gd_step(\u202e\n", "b.ipynb": notebook("x = '\x1b[31m", "?" * 10)}
    assembly = assemble_named(sources)
    assert assembly.notes
    assert all(note.isprintable() for note in assembly.notes)
    assert all(reason.isprintable() for reason in assembly.unreadable.values())


def test_the_reference_and_the_handout_on_disk_assemble():
    for folder, written in ((REFERENCE, 6), (HANDOUT, 0)):
        submission = read_submission(Path(folder))
        assert len(assemble(submission, survey(submission.sources), PRISTINE).sources) == written
